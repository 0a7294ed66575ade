"""Runs the commands of README.md and docs/ as they are written, in a clean clone: ``make docs-check``.

It needs bash, git and what the pages say that a user needs, and nothing else. The commands are the blocks
fenced as ``bash``; those of one page share a shell that begins in the clone. A block of another language is
a file if its first line is a comment with the path of one, and is written where it comes. A block below the
line

    <!-- not run by make docs-check: REASON -->

is left out, and the reason is told. Every fence must name its language.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
# takes the place of config/default.yaml in the clone, so that every scan is one of minutes
SMALL = ROOT / "tests/data/docs_default.yaml"
LEFT_OUT = re.compile(r"<!-- not run by make docs-check: (.+) -->")
FENCE = re.compile(r"( *)(`{3,}|~{3,}) *(\S*)(.*)")
# with a folder or an ending, and alone on its line
FILE = re.compile(r"# ((?:[\w-]+/)+[\w.-]+|[\w-]+\.\w+)\n")
# of the one who calls; a new user has none of it
FOREIGN = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "BASH_ENV")
TAIL = 40


class DocsError(Exception):
    """What is wrong in a page, or which command fails."""


@dataclass(frozen=True)
class Step:
    """A command (``path`` is empty), a file to write, or a block that is left out for a ``reason``."""

    line: int
    text: str
    path: str = ""
    reason: str = ""


def steps(page: str) -> list[Step]:
    """What a page tells its reader to do, in order."""
    found = []
    for line, language, reason, text in blocks(page):
        named = FILE.match(text)
        if language == "bash" and reason:
            found.append(Step(line, text, reason=reason))
        elif language == "bash":
            found += [Step(line + offset, command) for offset, command in commands(text)]
        elif named and not reason:
            found.append(Step(line, text, path=named[1]))
    return found


def blocks(page: str):
    """Line, language, reason to leave it out (or ""), and text of every fenced block."""
    lines, reason, number = page.splitlines(), "", 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if fence := FENCE.fullmatch(line):
            indent, ticks, language, _ = fence.groups()
            if not language:
                raise DocsError(f"line {number}: the fence names no language. Write ```bash or ```text.")
            end = next((n for n in range(number, len(lines)) if lines[n].strip() == ticks), None)
            if end is None:
                raise DocsError(f"line {number}: the fence is not closed.")
            text = "\n".join(one.removeprefix(indent) for one in lines[number:end])
            yield number + 1, language, reason, text + "\n"
            number = end + 1
        if line.strip():
            told = LEFT_OUT.fullmatch(line.strip())
            reason = told[1] if told else ""


def commands(text: str):
    """(offset of the first line, command), where a command may go on over several lines."""
    kept, begin = [], 0
    for offset, line in enumerate(text.splitlines()):
        if not kept:
            begin = offset
            if not line.strip() or line.lstrip().startswith("#"):
                continue
        kept.append(line)
        if _complete("\n".join(kept)):
            yield begin, "\n".join(kept)
            kept = []
    if kept:
        raise DocsError(f"a command is not complete: {kept[0]}")


def _complete(command: str) -> bool:
    """Whether bash needs no more lines."""
    checked = subprocess.run(["bash", "-n", "-c", command], capture_output=True, text=True)
    return not command.endswith("\\") and checked.returncode == 0 and not checked.stderr


def script(page: list[Step], logs: Path) -> str:
    """A bash program of a page: it tells each command's number, status and seconds on file descriptor 9."""
    parts = [r"told() { printf '%s %s %s %s\n' $1 $2 $3 $EPOCHREALTIME >&9; [ $2 = 0 ] || exit 1; }"]
    for number, step in enumerate(page):
        if step.path:
            parts += [f"mkdir -p $(dirname {step.path})", f"cp {logs / str(number)}.file {step.path}"]
        elif not step.reason:
            parts += [f"exec >{logs / str(number)}.log 2>&1", "_begin=$EPOCHREALTIME", step.text]
            parts.append(f"told {number} $? $_begin")
    return "\n".join(parts) + "\n"


def run(name: str, page: list[Step], folder: Path, logs: Path, environment: dict) -> None:
    """Run the steps of a page in a folder and tell each command with its time."""
    for number, step in enumerate(page):
        (logs / f"{number}.file").write_text(step.text, encoding="utf-8")
        if step.reason:
            print(f"     left out  {name}:{step.line}  {_first(step)}  ({step.reason})", flush=True)
    (logs / "page.sh").write_text(script(page, logs), encoding="utf-8")
    reader, writer = os.pipe()
    # bash sees the pipe as file descriptor 9
    command = ["bash", "-c", f'exec bash "$0" 9>&{writer} {writer}>&-', str(logs / "page.sh")]
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, pass_fds=(writer,)
    )
    os.close(writer)
    with process, open(reader) as told:
        for line in told:
            number, status, begin, end = line.split()
            step, seconds = page[int(number)], float(end) - float(begin)
            print(f"{seconds:11.1f} s  {name}:{step.line}  {_first(step)}", flush=True)
            if status != "0":
                log = (logs / f"{number}.log").read_text(encoding="utf-8", errors="replace")
                print("\n".join(log.splitlines()[-TAIL:]), file=sys.stderr)
                raise DocsError(f"line {step.line}: status {status} of: {step.text}")
    if process.returncode:
        raise DocsError("the shell of the page ended early; a file could not be written.")


def _first(step: Step) -> str:
    """A command in one line."""
    return step.text.strip().splitlines()[0]


def pages(root: Path) -> list[Path]:
    """README.md, then the pages of docs/ in the order of their names."""
    inner = (path for path in (root / "docs").rglob("*.md") if "_build" not in path.parts)
    return [root / "README.md", *sorted(inner)]


def check(root: Path, full: bool) -> None:
    """Clone what is committed, and run every page there."""
    environment = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    with tempfile.TemporaryDirectory(prefix="docs-check-") as scratch:
        folder = Path(scratch) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(root), str(folder)], check=True)
        if not full:
            shutil.copy(SMALL, folder / "config/default.yaml")
        for path in pages(folder):
            name = str(path.relative_to(folder))
            logs = Path(tempfile.mkdtemp(dir=scratch))
            try:
                run(name, steps(path.read_text(encoding="utf-8")), folder, logs, environment)
            except DocsError as error:
                raise DocsError(f"{name}, {error}") from None


def main(arguments: list[str] | None = None) -> int:
    """Run the check; the exit status is 1 after the first failure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="the default scan as it is, not a small one")
    options, started = parser.parse_args(arguments), time.time()
    try:
        check(ROOT, options.full)
    except DocsError as error:
        print(f"docs-check: {error}", file=sys.stderr)
        return 1
    print(f"{time.time() - started:11.1f} s  in all")
    return 0


if __name__ == "__main__":
    sys.exit(main())
