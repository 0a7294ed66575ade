"""How long a run will take still, from the jobs that have ended and the logs of those that run."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from statistics import fmean, median
from typing import NamedTuple

# of the time left, so much may be a guess that is not called one
GUESSED = 0.1


class Kind(NamedTuple):
    """What the jobs of one kind have in common.

    Attributes
    ----------
    rule : str
    place : tuple of str
        Every wildcard but the lattice, the point and the training.
    volume : int
        Sites of the lattice; 1 where there is none.
    """

    rule: str
    place: tuple[str, ...]
    volume: int


def kind_of(rule: str, wildcards: Mapping[str, str]) -> Kind:
    """The kind of a job; jobs at several points of a grid, or of several trainings, take about as long."""
    place = (value for name, value in wildcards.items() if name not in ("lattice", "point", "training"))
    return Kind(rule, tuple(place), math.prod(map(int, wildcards.get("lattice", "1").split("x"))))


def planned(workflow) -> list[Kind]:
    """The kinds of all jobs that a workflow of Snakemake is about to run and that make files."""
    return [kind_of(job.rule.name, job.wildcards_dict) for job in workflow.dag.needrun_jobs() if job.output]


class Left(NamedTuple):
    """Seconds, and whether nearly all of them are of jobs of kinds that have been seen."""

    seconds: float
    known: bool


class Estimate:
    """The time left, from the mean time of jobs of the same kind, or else of the same rule.

    Jobs of a rule whose logs tell of steps compute for long; on a lattice that has not been seen they are
    taken to be as many times longer as it is larger than the nearest one that has. Of a rule that has not
    been seen, the median of all kinds is taken: a few that compute for long say nothing about a table.

    Parameters
    ----------
    planned : mapping
        The number of jobs of every kind.
    """

    def __init__(self, planned: Mapping[Kind, int]):
        self._waiting = Counter(planned)
        self._seconds: dict[Kind, list[float]] = defaultdict(list)
        self._with_steps: set[str] = set()

    def begins(self, kind: Kind) -> None:
        """A job was started."""
        self._waiting[kind] -= 1

    def ended(self, kind: Kind, seconds: float) -> None:
        """A job has ended well."""
        self._seconds[kind].append(seconds)

    def left(self, running: Iterable[tuple[Kind, float, float | None]], slots: int) -> Left | None:
        """The time until all jobs have ended.

        Parameters
        ----------
        running : iterable
            The kind of every running job, its seconds so far, and the seconds that its log says are left.
        slots : int
            How many jobs run at once.

        Returns
        -------
        Left or None
            None where nothing is known yet.
        """
        running = list(running)
        self._with_steps |= {kind.rule for kind, _, rest in running if rest is not None}
        known = {kind: fmean(times) for kind, times in self._seconds.items()}
        for kind, spent, rest in running:
            if rest is not None and kind not in known:
                known[kind] = spent + rest
        if not known:
            return None
        rests = [
            max(0.0, self._typical(kind, known) - spent) if rest is None else rest
            for kind, spent, rest in running
        ]
        waiting = {
            kind: count * self._typical(kind, known) for kind, count in self._waiting.items() if count > 0
        }
        guessed = sum(seconds for kind, seconds in waiting.items() if kind not in known)
        work = sum(rests) + sum(waiting.values())
        return Left(max(work / max(slots, 1), *rests, 0.0), guessed <= GUESSED * work)

    def _typical(self, kind: Kind, known: Mapping[Kind, float]) -> float:
        """The mean time of the jobs that are most like one of this kind."""
        if kind in known:
            return known[kind]
        of_rule = [other for other in known if other.rule == kind.rule]
        if not of_rule:
            return median(known.values())
        alike = [other for other in of_rule if other.place == kind.place] or of_rule
        nearest = min(
            (other.volume for other in alike), key=lambda volume: abs(math.log(volume / kind.volume))
        )
        seconds = fmean(known[other] for other in alike if other.volume == nearest)
        return seconds * kind.volume / nearest if kind.rule in self._with_steps else seconds
