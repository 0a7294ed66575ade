"""Chains on an integration path: where they stand, and the weight there."""

from dataclasses import dataclass

from pomflow.contours.path import Path
from pomflow.numerics.backend import namespace


@dataclass(frozen=True)
class Chains:
    """The state of a batch of chains: fields t, shape (chains, n), ln(det J exp(-S)) and ln|det J| there."""

    t: object
    log_weight: object
    log_volume: object

    @classmethod
    def on(cls, path: Path, t) -> "Chains":
        """Chains that stand at real points t of a path."""
        log_det, action = path.terms(t)
        return cls(t, log_det - action, log_det.real)

    def moved(self, proposal: "Chains", accepted) -> "Chains":
        """The proposal in the chains where it was accepted, shape (chains,)."""
        choose = namespace(self.t).where
        return Chains(
            choose(accepted[:, None], proposal.t, self.t),
            choose(accepted, proposal.log_weight, self.log_weight),
            choose(accepted, proposal.log_volume, self.log_volume),
        )
