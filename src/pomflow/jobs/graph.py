"""What files are made of: the jobs behind them, by the rules of the workflow."""

from collections.abc import Callable, Iterable


def maker_of(rules: Iterable, path: str):
    """The rule that makes a file, and its wildcards; None where nothing does."""
    maker = next((rule for rule in rules if rule.is_producer(path)), None)
    return maker, maker and maker.get_wildcards(path)


def needed(rules: Iterable, targets: Iterable) -> set[str]:
    """All files that targets are made of, directly or through others."""
    found, waiting = set(), list(map(str, targets))
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            maker, wildcards = maker_of(rules, path)
            waiting += map(str, maker.expand_input(wildcards)[0]) if maker else []
    return found


def jobs_behind(rules: Iterable, targets: Iterable, work_at: Callable) -> list[dict]:
    """The jobs that make targets and all that they are made of, each behind those whose files it reads.

    Parameters
    ----------
    rules : iterable of Snakemake rules
        Those of jobs have a parameter ``work``.
    targets : iterable of path-like
    work_at : callable
        Gives the work of a job, from that parameter and the wildcards.

    Returns
    -------
    list of dict
        ``rule``; ``inputs`` and ``outputs``, paths or lists of paths by name; ``stage``, ``settings`` and
        ``modules`` as ``jobs.job.run`` has them.
    """
    jobs = {}
    for path in needed(rules, targets):
        maker, wildcards = maker_of(rules, path)
        if maker is not None:
            outputs = maker.expand_output(wildcards)[0]
            work = work_at(maker.params.work, wildcards)
            jobs[tuple(map(str, outputs))] = {
                "rule": maker.name,
                "inputs": _by_name(maker.expand_input(wildcards)[0]),
                "outputs": _by_name(outputs),
                **{name: work[name] for name in ("stage", "settings", "modules")},
            }
    return in_order(jobs.values())


def _by_name(files) -> dict[str, str | list[str]]:
    """Named files of a rule as JSON has them."""
    return {
        name: str(given) if isinstance(given, str) else list(map(str, given)) for name, given in files.items()
    }


def paths_of(named: dict[str, str | list[str]]) -> list[str]:
    """The paths among the inputs or outputs of a job."""
    return [path for given in named.values() for path in ([given] if isinstance(given, str) else given)]


def in_order(jobs: Iterable[dict]) -> list[dict]:
    """Jobs behind those whose files they read, those of the same rank by the names of their files."""
    maker = {path: job for job in jobs for path in paths_of(job["outputs"])}
    ranks = {}

    def rank(path: str) -> int:
        if path not in ranks:
            sources = paths_of(maker[path]["inputs"]) if path in maker else []
            ranks[path] = 1 + max(map(rank, sources), default=0)
        return ranks[path]

    unique = {min(paths_of(job["outputs"])): job for job in maker.values()}
    return [unique[path] for path in sorted(unique, key=lambda path: (rank(path), path))]
