"""What a run of chains leaves behind, and the state from which a longer run goes on."""

from dataclasses import dataclass

import numpy as np


@dataclass
class Record:
    """Everything a run of chains leaves behind, on the host.

    Attributes
    ----------
    t : array, shape (chains, recorded, n)
        Fields of the recorded trajectories, after thermalization.
    log_weight : array, complex, shape (chains, recorded)
    history : array, complex, shape (chains, thermalization + trajectories)
        ln(det J exp(-S)) after every trajectory.
    delta_h, accepted : arrays, shape (chains, thermalization + trajectories)
    step_size : array, shape (thermalization + trajectories,)
    starts : list of str
        How each chain began.
    last_t : array, shape (chains, n)
        Fields after the last trajectory, which need not be a recorded one.
    last_log_volume : array, shape (chains,)
        ln|det J| there.
    last_step_size : array, shape (chains, 1)
    wound : array, shape (chains, thermalization + trajectories), or None
        Accepted proposals of another winding number after every trajectory, where there were any proposals.
    """

    t: np.ndarray
    log_weight: np.ndarray
    history: np.ndarray
    delta_h: np.ndarray
    accepted: np.ndarray
    step_size: np.ndarray
    starts: list
    last_t: np.ndarray
    last_log_volume: np.ndarray
    last_step_size: np.ndarray
    wound: np.ndarray | None = None


def state_after(record: Record, thermalization: int) -> dict:
    """The state of a run after its last trajectory, as it stands in a checkpoint.

    What was learned of the step size is left out: it is frozen, because a run does not end in its
    thermalization.
    """
    each = {"log_weight": record.history, "delta_h": record.delta_h, "accepted": record.accepted}
    series = {name: _by_trajectory(values) for name, values in each.items()}
    series["step_size"] = record.step_size
    if record.wound is not None:
        series["wound"] = _by_trajectory(record.wound)
    return {
        "t": record.last_t,
        "log_weight": record.history[:, -1],
        "log_volume": record.last_log_volume,
        "step_size": record.last_step_size,
        "tuned": thermalization,
        "learned": np.empty(0),
        "fields": _by_trajectory(record.t),
        "series": series,
    }


def _by_trajectory(values: np.ndarray) -> np.ndarray:
    """An array over (chains, trajectories, ...) with the trajectories first, in the memory, too."""
    return np.ascontiguousarray(np.moveaxis(values, 1, 0))
