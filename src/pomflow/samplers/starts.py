"""Where chains begin: in noise, at zero, at the classical configuration, or where others have ended."""

import math

from pomflow.contours.path import Path
from pomflow.models.base import Model, check_start
from pomflow.random.stream import Stream

HOT_WIDTH = 1.0
# noise on an ordered start, so that no two chains begin alike
ORDERED_WIDTH = 0.1
# the start at the last configurations of another run
FROM = "from"


def start(kind: str, path: Path, chains: int, stream: Stream, first=None):
    """The same as ``start_of`` for the model of a path; with the kind 'from' at the fields ``first``."""
    if kind == FROM:
        return path.model.xp.asarray(first), [kind] * chains
    return start_of(path.model, kind, chains, stream)


def start_of(model: Model, kind: str, chains: int, stream: Stream):
    """Fields and the kind of start of each chain.

    Parameters
    ----------
    model : Model
    kind : {'hot', 'cold', 'ordered', 'hartree', 'mixed'}
        Normal noise (angles: uniform over their period), zero, the classical configuration of the model, the
        condensate that fluctuations leave of it, or hot and ordered in turn, which lets thermalization be
        checked.

    Returns
    -------
    t : array, shape (chains, n)
    kinds : list of str

    Raises
    ------
    ConfigError
        If the model does not offer this start.
    """
    check_start("start", model, kind)
    xp = model.xp
    noise = stream.child("hot").normals(0, chains, model.size)
    fields = {
        "hot": lambda: _hot(model, noise, stream, chains),
        "cold": lambda: 0 * noise,
        "ordered": lambda: model.ordered_start(stream.child("ordered"), chains) + ORDERED_WIDTH * noise,
        "hartree": lambda: model.hartree_start(stream.child("ordered"), chains) + ORDERED_WIDTH * noise,
    }
    if kind != "mixed":
        return fields[kind](), [kind] * chains
    even = xp.arange(chains)[:, None] % 2 == 0
    kinds = ["ordered" if chain % 2 else "hot" for chain in range(chains)]
    return xp.where(even, fields["hot"](), fields["ordered"]()), kinds


def _hot(model: Model, noise, stream: Stream, chains: int):
    """Normal noise, or angles that are uniform over their period."""
    if model.variables.kind == "angle":
        return 2 * math.pi * (stream.child("angles").uniforms(0, chains, model.size) - 0.5)
    return HOT_WIDTH * noise
