"""What the source of a module says: the meaning of its code, and what it imports."""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import find_spec
from typing import NamedTuple


class Imported(NamedTuple):
    """One import statement: ``from <level dots>module import names``, or ``import module``."""

    module: str
    names: tuple[str, ...] = ()
    level: int = 0


def meaning(tree: ast.AST) -> str:
    """A hash of the code without comments and without docstrings, which are taken out of the tree."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        documented = isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        if documented and ast.get_docstring(node) is not None:
            node.body = body[1:]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def imports(tree: ast.AST) -> Iterator[Imported]:
    """All import statements, those inside of functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Imported(alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield Imported(node.module or "", tuple(alias.name for alias in node.names), node.level)


def package_modules(tree: ast.AST, package: str) -> frozenset[str]:
    """The modules of a package that are imported; of ``from package import name``, the name if it is one."""
    found = set()
    for statement in imports(tree):
        if statement.level == 0 and statement.module.partition(".")[0] == package:
            inner = (f"{statement.module}.{name}" for name in statement.names)
            found |= {statement.module, *filter(_is_module, inner)}
    return frozenset(found)


def _is_module(name: str) -> bool:
    """Whether there is a module of this name; none is imported, and so nothing that it needs."""
    package = name.rpartition(".")[0]
    return PathFinder.find_spec(name, _folders(package)) is not None


@cache
def _folders(package: str) -> list[str]:
    """Where the modules of a package are; nowhere if it is none."""
    above = package.rpartition(".")[0]
    spec = PathFinder.find_spec(package, _folders(above)) if above else find_spec(package)
    return list((spec and spec.submodule_search_locations) or [])
