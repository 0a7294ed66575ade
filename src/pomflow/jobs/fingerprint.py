"""A hash of the code behind a stage, so that a workflow reruns what a change of code touches.

Snakemake watches scripts, not the library they import. A rule therefore declares among its parameters the
fingerprint of the modules that its stage runs: the stage's module and every pomflow module that it imports,
directly or through others, and the plug-ins that the job names, in the package or in a file of the user's.
Only the meaning of the code counts: comments, layout and docstrings do not.
"""

import ast
import functools
import hashlib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from pomflow import plugins
from pomflow.jobs import syntax

PACKAGE = "pomflow"
# A registry line only gives a plug-in its name; the plug-in itself is hashed where a job uses it. How a job
# is ended, and where its messages go, is in no result.
LEFT_OUT = frozenset({"pomflow.registry", "pomflow.io.interrupt", "pomflow.jobs.output"})


def fingerprint_of(stage: str, names: Sequence[str], data: Sequence[str]) -> str:
    """The hash of a job: of its stage, as a job names it, of modules and plug-ins beside it, and of data."""
    return fingerprint(f"{PACKAGE}.stages.{stage.partition(':')[0]}", *names, data=tuple(data))


def fingerprint(*modules: str, data: tuple[str, ...] = ()) -> str:
    """A short hash of these modules and all pomflow modules they import.

    Parameters
    ----------
    *modules : str
        Dotted names, or paths of plug-ins: the files beside them that they import count too, and the folder
        that they are in does not.
    data : tuple of str
        Files that the code reads, relative to the package.

    Raises
    ------
    ConfigError
        If the file of a plug-in cannot be read.
    """
    reached, waiting = {}, list(modules)
    while waiting:
        name = waiting.pop()
        if name not in reached and name not in LEFT_OUT:
            reached[name], imported = _parse(name)
            waiting.extend(imported)
    named = sorted((_label(name), code) for name, code in reached.items())
    digest = hashlib.sha256("".join(f"{label}:{code}\n" for label, code in named).encode())
    for name in data:
        digest.update((Path(__file__).parents[1] / name).read_bytes())
    return digest.hexdigest()[:16]


def _label(module: str) -> str:
    return Path(module).name if plugins.is_file(module) else module


@functools.cache
def _parse(module: str) -> tuple[str, frozenset[str]]:
    """Hash of a module's code and the pomflow modules that it imports."""
    if plugins.is_file(module):
        return plugins.source_fingerprint(Path(module))
    tree = ast.parse(Path(find_spec(module).origin).read_text(encoding="utf-8"))
    imported = syntax.package_modules(tree, PACKAGE)
    return syntax.meaning(tree), imported
