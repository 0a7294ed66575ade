r"""Complex Langevin dynamics, for many chains at once: the baseline that needs no integration path.

The real variables become complex and follow the holomorphic drift with real noise,

.. math::
    dz = -\frac{\partial S}{\partial z}\, d\tau + \sqrt{2}\, dW,

and averages of holomorphic observables over the Langevin time tau are those of exp(-S), provided that the
distribution of the drift falls faster than any power; nothing guarantees it, so it must be measured
(``pomflow.analysis.tail``).

Source: Parisi, Phys. Lett. B 131 (1983) 393; the condition Nagata, Nishimura, Shimasaki, Phys. Rev. D 94
(2016) 114515; the theory of this package Aarts, Phys. Rev. Lett. 102 (2009) 131601.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from pomflow.errors import DivergenceError
from pomflow.models.base import Model
from pomflow.numerics.backend import namespace, to_host
from pomflow.random.stream import Stream
from pomflow.samplers.starts import start_of

# the drift of one step moves no variable further than this
LONGEST_MOVE = 0.2


@dataclass(frozen=True)
class Step:
    """Of each chain: the largest |dS/dz_i| where the step began, and the Langevin time that it took."""

    drift: object
    time: object


def advance(model: Model, z, noise, step_size: float):
    r"""Move every chain by one step of Heun's scheme; return (z, Step).

    .. math::
        \tilde z = z - \epsilon S'(z) + \sqrt{2\epsilon}\,\eta, \qquad
        z \to z - \tfrac\epsilon2 [S'(z) + S'(\tilde z)] + \sqrt{2\epsilon}\,\eta

    Averages are wrong by O(epsilon^2); with the drift at z alone they would be by O(epsilon). Each chain
    has its own epsilon = min(step_size, LONGEST_MOVE / max_i |S'_i(z)|), a function of where it stands, so
    that no chain runs away along an unstable direction.

    Parameters
    ----------
    model : Model
    z : array, complex, shape (chains, n)
    noise : array, real, shape (chains, n)
        Standard normal numbers.
    step_size : float
        The longest step in Langevin time.

    Notes
    -----
    Source: the weak scheme of second order of Kloeden and Platen, "Numerical Solution of Stochastic
    Differential Equations", section 15.1, for additive noise; steps by the largest drift: Aarts, James,
    Seiler, Stamatescu, Phys. Lett. B 687 (2010) 154.
    """
    xp = namespace(z)
    slope = model.at(z).gradient
    drift = xp.abs(slope).max(axis=1)
    time = LONGEST_MOVE / xp.maximum(drift, LONGEST_MOVE / step_size)
    epsilon = time[:, None]
    kick = xp.sqrt(2 * epsilon) * noise
    slope = slope + model.at(z - epsilon * slope + kick).gradient
    return z - epsilon / 2 * slope + kick, Step(drift, time)


@dataclass
class Record:
    """Everything a run of chains leaves behind, on the host.

    Attributes
    ----------
    series : dict of arrays, complex, shape (chains, recorded)
        Every observable at the recorded steps, after thermalization.
    weight : array, shape (chains, recorded)
        The Langevin time that each recorded point stands for: an average over time weighs with it.
    drift, time : arrays, shape (chains, steps)
        The largest drift at every point after thermalization, and the Langevin time that it stands for.
    starts : list of str
        How each chain began.
    """

    series: dict[str, np.ndarray]
    weight: np.ndarray
    drift: np.ndarray
    time: np.ndarray
    starts: list


def sample(
    model: Model,
    observables: dict[str, Callable],
    settings: dict,
    stream: Stream,
    numbers: Iterable[int],
    where: str,
) -> Record:
    """Run chains from the real plane, thermalize, and record.

    Parameters
    ----------
    model : Model
    observables : dict
        Functions of a ``ModelPoint`` by name.
    settings : dict
        The ``langevin`` section of the config.
    stream : Stream
        Source of the noise; a chain's numbers depend on its row and the step.
    numbers : iterable of int
        0, 1, ... thermalization + steps - 1, possibly wrapped by a progress display.
    where : str
        Names the run in an error message.

    Raises
    ------
    DivergenceError
        If a chain leaves the finite numbers.
    """
    xp, noise = model.xp, stream.child("noise")
    t, starts = start_of(model, settings["start"], settings["chains"], stream.child("start"))
    z, warm_up, every = t.astype(xp.complex128), settings["thermalization"], settings["record_every"]
    steps, series = [], {name: [] for name in observables}
    with np.errstate(all="ignore"):
        for number in numbers:
            if number >= warm_up and (number - warm_up) % every == 0:
                point = model.at(z)
                for name, function in observables.items():
                    series[name].append(function(point))
            z, step = advance(model, z, noise.normals(number, *z.shape), settings["step_size"])
            z = model.wrapped(z)
            if number >= warm_up:
                steps.append(step)
    _check(z, where)
    time = _half_before_and_after([step.time for step in steps])
    return Record(
        series={name: _stack(values) for name, values in series.items()},
        weight=time[:, ::every],
        drift=_stack([step.drift for step in steps]),
        time=time,
        starts=starts,
    )


def _half_before_and_after(times: list) -> np.ndarray:
    """The trapezoidal rule along each chain: a point stands for half of the steps before and after it.

    With the whole step after it, the order of the scheme would be lost where steps differ in length.
    """
    after = _stack(times)
    before = np.concatenate((after[:, :1], after[:, :-1]), axis=1)
    return (before + after) / 2


def _stack(arrays: list) -> np.ndarray:
    """One array a step as one host array, shape (chains, steps)."""
    return to_host(namespace(arrays[0]).stack(arrays, axis=1))


def _check(z, where: str) -> None:
    """A chain that once left the finite numbers never comes back, so the last point tells."""
    lost = int((~np.isfinite(to_host(z))).any(axis=1).sum())
    if lost:
        raise DivergenceError(
            where,
            f"{lost} of {len(z)} chains left the finite numbers",
            "Lower the step_size of this run; if that does not help, complex Langevin dynamics fails here.",
        )
