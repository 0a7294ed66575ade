"""How long a run will take still, from the jobs that have ended and the logs of those that run."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from statistics import fmean
from typing import NamedTuple

# what the jobs of one kind have in common: the rule, and every wildcard but the point and the training
Kind = tuple[str, ...]


def kind_of(rule: str, wildcards: Mapping[str, str]) -> Kind:
    """The kind of a job; jobs at several points of a grid, or of several trainings, take about as long."""
    return (rule, *(value for name, value in wildcards.items() if name not in ("point", "training")))


def planned(workflow) -> list[Kind]:
    """The kinds of all jobs that a workflow of Snakemake is about to run and that make files."""
    return [kind_of(job.rule.name, job.wildcards_dict) for job in workflow.dag.needrun_jobs() if job.output]


class Left(NamedTuple):
    """Seconds, and whether jobs of all rules that are still to come have been seen."""

    seconds: float
    complete: bool


class Estimate:
    """The time left, from the mean time of jobs of the same kind, or else of the same rule, or of all.

    Parameters
    ----------
    planned : mapping
        The number of jobs of every kind.
    """

    def __init__(self, planned: Mapping[Kind, int]):
        self._waiting = Counter(planned)
        self._seconds: dict[Kind, list[float]] = defaultdict(list)

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
        known = {kind: list(times) for kind, times in self._seconds.items()}
        for kind, spent, rest in running:
            if rest is not None and kind not in known:
                known[kind] = [spent + rest]
        if not known:
            return None
        rests = [
            max(0.0, _typical(kind, known) - spent) if rest is None else rest for kind, spent, rest in running
        ]
        waiting = {kind: count for kind, count in self._waiting.items() if count > 0}
        work = sum(rests) + sum(count * _typical(kind, known) for kind, count in waiting.items())
        rules = {kind[0] for kind in known}
        return Left(max(work / max(slots, 1), *rests, 0.0), all(kind[0] in rules for kind in waiting))


def _typical(kind: Kind, known: Mapping[Kind, list[float]]) -> float:
    """The mean time of the jobs that are most like one of this kind."""
    alike = [times for other, times in known.items() if other[0] == kind[0]]
    return fmean(known.get(kind) or itertools.chain.from_iterable(alike or known.values()))
