"""What several benchmarks measure on: a path with parameters away from the start, and fields on it."""

from dataclasses import dataclass

import numpy as np

from pomflow.contours.dense import Dense
from pomflow.contours.equivariant.contour import Equivariant
from pomflow.contours.path import Path, phase_factor
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4.action import ComplexPhi4
from pomflow.random.stream import Stream
from pomflow.samplers.hmc import Chains

THEORY = {"mass": 1.0, "coupling": 1.0, "mu": 1.2}
NETWORK = {"reach": 7, "spatial_reach": 2, "features": 3, "scale": 2.0}


@dataclass(frozen=True)
class Case:
    """A path, chains on it, and the stream for more random numbers."""

    path: Path
    chains: Chains
    stream: Stream

    @property
    def weight(self):
        """1 - exp(i theta), what the gradient of the published cost weighs configurations with."""
        return 1 - phase_factor(self.chains.log_weight)


def dense(extent: int, width: float, batch: int, xp=np) -> Case:
    """The dense contour on a square lattice with H = width n hidden units, and normal noise as fields."""
    model, stream = ComplexPhi4(Lattice((extent, extent)), **THEORY, xp=xp), Stream(1, "benchmark", xp=xp)
    contour = Dense(model.size, round(width * model.size), xp)
    noise = stream.child("shift").normals(0, 1, contour.n_parameters)[0]
    path = Path(model, contour, contour.initial_parameters(stream) + 0.1 * noise)
    return Case(path, Chains.on(path, stream.child("fields").normals(0, batch, model.size)), stream)


def equivariant(extent: int, batch: int, xp=np) -> Case:
    """The equivariant contour, and fields near the classical one."""
    model, stream = ComplexPhi4(Lattice((extent, extent)), **THEORY, xp=xp), Stream(1, "benchmark", xp=xp)
    contour = Equivariant(model, **NETWORK)
    path = Path(model, contour, contour.initial_parameters(stream))
    fields = model.ordered_start(stream, batch) + 0.1 * stream.normals(0, batch, model.size)
    return Case(path, Chains.on(path, fields), stream)
