r"""Proposals of another winding number, beside the trajectories of hybrid Monte Carlo.

Phases of a field that make one more turn, or one less, around a periodic direction,

.. math::
    \phi_x \to \phi_x\, e^{\pm 2\pi i\, x_\nu / L_\nu} ,

are far away for a trajectory, which has to pass through zeros of the field (vortices), and one step here. The
step keeps volumes of t and is its own inverse with the other sign, so it is accepted with probability
min(1, exp(Delta Re(ln det J - S))).
"""

import numpy as np

from pomflow.contours.path import Path
from pomflow.numerics.backend import namespace
from pomflow.random.stream import Stream
from pomflow.samplers.chains import Chains


class Windings:
    """Proposals along random directions, each chain with a random sign.

    Parameters
    ----------
    stream : Stream
        Source of directions, signs and accept decisions; a chain's numbers depend on its row and the
        trajectory.
    proposals : int
        How many after each trajectory.
    """

    def __init__(self, stream: Stream, proposals: int):
        self._direction, self._sign = stream.child("direction"), stream.child("sign")
        self._accept, self._proposals = stream.child("accept"), proposals

    def propose(self, path: Path, chains: Chains, number: int):
        """After the trajectory of this number; return (chains, accepted proposals of each chain)."""
        xp, rows, count = namespace(chains.t), len(chains.t), self._proposals
        directions = self._direction.uniforms(number, 1, count)[0] * path.model.lattice.dimension
        signs = xp.where(self._sign.uniforms(number, rows, count) < 0.5, -1.0, 1.0)
        chances = xp.log(self._accept.uniforms(number, rows, count))
        accepted = xp.zeros(rows, dtype=int)
        for one in range(count):
            chains, moved = self._once(path, chains, int(directions[one]), signs[:, one], chances[:, one])
            accepted = accepted + moved
        return chains, accepted

    def _once(self, path: Path, chains: Chains, direction: int, signs, chances):
        xp = namespace(chains.t)
        with np.errstate(over="ignore", invalid="ignore"):
            t = path.model.wound(chains.t, direction, signs)
            proposal = Chains.on(path, path.model.wrapped(t))
            gain = proposal.log_weight.real - chains.log_weight.real
            # what overflowed is rejected, infinite weights too: no trajectory would leave them
            accepted = (chances < gain) & xp.isfinite(proposal.log_weight.real)
        return chains.moved(proposal, accepted), accepted
