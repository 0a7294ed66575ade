"""Jobs, times and commands in words, and what the log of a job says."""

import os
import re
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

# so much of the end of a log is read
TAIL = 8192
# what `jobs.progress` writes after the time
STEPS = re.compile(r"^\S+ \S+ INFO .*: (\d+)/(\d+), [\d.]+ a second, (\d+) s left$")
# what `jobs.job` writes where a sitting begins, and `io.interrupt` where one is ended
BEGINS, ENDED = re.compile(r"^\S+ \S+ INFO begins$"), re.compile(r"^\S+ \S+ WARNING ended by SIG\w+$")
ERROR = re.compile(r"^\S+ \S+ ERROR (.*)$")
_LATTICE = re.compile(r"(?<=\d)x(?=\d)")


class Steps(NamedTuple):
    """How far a loop was, and the seconds that it needed still, when it wrote its last line."""

    done: int
    total: int
    left: float


def of_job(rule: str, wildcards: Mapping[str, str]) -> str:
    """Rule and place of a job in words; the scan is the same for all jobs.

    Examples
    --------
    >>> of_job("sample_plane", {"scan": "mine", "study": "phi4", "lattice": "4x4", "point": "mu=0.8"})
    'sample plane phi4 4×4 mu=0.8'
    """
    # of the first training of a contour there is nothing to say
    known = {name: value.lstrip(",") for name, value in wildcards.items() if name != "scan" and value}
    if "lattice" in known:
        known["lattice"] = _LATTICE.sub("×", known["lattice"])
    return " ".join([rule.replace("_", " "), *known.values()])


def of_make(target: str, config_files: Iterable, profile: str | None = None) -> str:
    """The call of make for a run with these config files; of several make knows none.

    Examples
    --------
    >>> of_make("resume", ["my.yaml"], "workflow/profiles/slurm")
    'make resume CONFIG=my.yaml PROFILE=slurm'
    """
    files = list(config_files)
    config = f" CONFIG={shlex.quote(os.path.relpath(files[0]))}" if len(files) == 1 else ""
    return f"make {target}{config}{f' PROFILE={Path(profile).name}' if profile else ''}"


def duration(seconds: float) -> str:
    """A time as one says it: 12 s, 4 min 20 s, 2 h 5 min.

    Examples
    --------
    >>> duration(0.2), duration(75.3), duration(7500)
    ('0.2 s', '1 min 15 s', '2 h 5 min')
    """
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def roughly(seconds: float) -> str:
    """An estimate, of which seconds are no news beside minutes.

    Examples
    --------
    >>> roughly(3), roughly(44), roughly(275), roughly(7500)
    ('10 s', '50 s', '5 min', '2 h 5 min')
    """
    tens = 10 * max(1, -(-round(seconds) // 10))
    if tens < 90:
        return f"{tens} s"
    minutes = -(-tens // 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def steps(log: str) -> Steps | None:
    """How far the job with this log is in its long loop, where it has one that has told of itself."""
    for line in reversed(_sitting(log)):
        found = STEPS.match(line)
        if found:
            done, total, left = map(int, found.groups())
            return Steps(done, total, float(left))
    return None


def was_ended(log: str) -> bool:
    """Whether a job was asked to end, by Ctrl-C or a signal: it kept its state and has not failed."""
    lines = _sitting(log)
    return bool(lines) and bool(ENDED.match(lines[-1]))


def error(log: str) -> str | None:
    """The last error that a log tells of."""
    found = [match[1] for match in map(ERROR.match, _sitting(log)) if match]
    return found[-1] if found else None


def _sitting(log: str) -> list[str]:
    """The last lines of a log, none of an earlier sitting."""
    try:
        with Path(log).open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - TAIL))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return []
    begins = [number for number, line in enumerate(lines) if BEGINS.match(line)]
    return lines[begins[-1] :] if begins else lines
