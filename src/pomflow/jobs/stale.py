"""Results of other settings, another seed or other code than those of a run.

Snakemake knows of changes from its own records, which may be gone, and do not travel with results that are copied.
Every file says of what work it is the result (``netcdf.work_in``).
"""

from collections.abc import Iterable

from pomflow.errors import PomflowError
from pomflow.io import netcdf, provenance


def stale_files(rules: Iterable, folder) -> list[str]:
    """The files below a folder that are the result of other work than the jobs that would make them now.

    Parameters
    ----------
    rules : iterable of Snakemake rules
        Those of jobs have a parameter ``job``, whose ``work(wildcards)`` is the expected ``netcdf.work_of``.
    folder : path-like
    """
    return [path for path in map(str, provenance.files(folder)) if _is_stale(rules, path)]


def _is_stale(rules: Iterable, path: str) -> bool:
    maker, wildcards = _maker(rules, path)
    if maker is None or not hasattr(maker.params, "job"):
        return False
    try:
        expected = maker.params.job.work(wildcards)
    except (KeyError, PomflowError):
        # what an earlier configuration has left behind
        return False
    return netcdf.work_in(path) != expected


def needed(rules: Iterable, targets: Iterable) -> set[str]:
    """All files that targets are made of, directly or through others."""
    found, waiting = set(), list(map(str, targets))
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            maker, wildcards = _maker(rules, path)
            waiting += map(str, maker.expand_input(wildcards)[0]) if maker else []
    return found


def _maker(rules: Iterable, path: str):
    """The rule that makes a file, and its wildcards; None where nothing does."""
    maker = next((rule for rule in rules if rule.is_producer(path)), None)
    return maker, maker and maker.get_wildcards(path)
