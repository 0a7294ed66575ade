"""A hash of the code behind a stage, so that a workflow reruns what a change of code touches.

Snakemake watches scripts, not the library they import. A rule therefore declares among its parameters the
fingerprint of the modules that its stage runs: the stage's module and every pomflow module that it imports,
directly or through others, and the plug-ins that the job names. Only the meaning of the code counts:
comments, layout and docstrings do not.
"""

import ast
import functools
import hashlib
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "pomflow"
# A registry line only gives a plug-in its name; the plug-in itself is hashed where a job uses it.
LEFT_OUT = frozenset({"pomflow.registry"})


def fingerprint(*modules: str, data: tuple[str, ...] = ()) -> str:
    """A short hash of these modules and all pomflow modules they import.

    Parameters
    ----------
    *modules : str
        Dotted names.
    data : tuple of str
        Files that the code reads, relative to the package.
    """
    reached, waiting = set(), list(modules)
    while waiting:
        name = waiting.pop()
        if name not in reached and name not in LEFT_OUT:
            reached.add(name)
            waiting.extend(_parse(name)[1])
    texts = "".join(f"{name}:{_parse(name)[0]}\n" for name in sorted(reached))
    digest = hashlib.sha256(texts.encode())
    for name in data:
        digest.update((Path(__file__).parents[1] / name).read_bytes())
    return digest.hexdigest()[:16]


@functools.cache
def _parse(module: str) -> tuple[str, frozenset[str]]:
    """Hash of a module's code and the pomflow modules that it imports."""
    tree = ast.parse(Path(find_spec(module).origin).read_text(encoding="utf-8"))
    imported = frozenset(_imports(tree))
    for node in ast.walk(tree):
        _drop_docstring(node)
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest(), imported


def _imports(tree: ast.AST):
    """Names of imported pomflow modules: of ``from package import name``, the name where it is a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if _is_ours(alias.name))
        elif isinstance(node, ast.ImportFrom) and node.module and _is_ours(node.module):
            yield node.module
            submodules = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (name for name in submodules if _is_module(name))


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] == PACKAGE


def _is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _drop_docstring(node: ast.AST) -> None:
    body = getattr(node, "body", None)
    if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None:
        node.body = body[1:]
