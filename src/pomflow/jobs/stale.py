"""Results of other settings, another seed or other code than those of a run.

Snakemake knows of changes from its own records, which may be gone, and do not travel with results that are
copied. Every file says of what work it is the result (``netcdf.work_in``).
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from pomflow.io import netcdf, provenance
from pomflow.jobs import graph


def stale_files(rules: Iterable, folder, hash_of: Callable) -> list[str]:
    """The files below a folder that are the result of other work than the jobs that would make them now.

    Parameters
    ----------
    rules : iterable of Snakemake rules
        Those of jobs have a parameter ``work``.
    folder : path-like
    hash_of : callable
        Gives the expected ``netcdf.work_of``, from that parameter and the wildcards.
    """
    return [path for path in map(str, provenance.files(folder)) if _is_stale(rules, path, hash_of)]


def words(paths: Iterable[str], planned: Iterable[str]) -> str:
    """What a run says before it makes results anew that are there; empty where it plans none of these."""
    anew = sorted(path for path in set(paths) & set(planned) if Path(path).exists())
    if not anew:
        return ""
    those = "result is" if len(anew) == 1 else "results are"
    rest = f" and {len(anew) - 1} more" if len(anew) > 1 else ""
    return (
        f"{len(anew)} {those} of other settings, another seed or other code, and made anew: {anew[0]}{rest}. "
        "To keep what is still there, stop this run and give the scan another name."
    )


def _is_stale(rules: Iterable, path: str, hash_of: Callable) -> bool:
    maker, wildcards = graph.maker_of(rules, path)
    if maker is None or not hasattr(maker.params, "work"):
        return False
    try:
        expected = hash_of(maker.params.work, wildcards)
    except Exception:
        # What an earlier configuration has left behind; nothing of the settings is hidden by this, because
        # every job of the scan needs them.
        return False
    return netcdf.work_in(path) != expected
