"""Machine code on disk: taken again where nothing has changed, and not after a change in another file."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from pomflow.numerics import compiled

PACKAGE = Path(compiled.__file__).parent
INNER = """
from pomflow.numerics.compiled import compiler

STEP = 1

@compiler()
def inner(x):
    return x + STEP
"""
OUTER = """
import inner_file
from pomflow.numerics.compiled import compiler

@compiler(inner_file)
def outer(x):
    return 2 * inner_file.inner(x)

print(outer(1.0), sum(outer.stats.cache_hits.values()))
"""


def answer(folder: Path) -> str:
    """What a new process says, that finds the two files in a folder."""
    done = subprocess.run(
        [sys.executable, str(folder / "outer_file.py")], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_change_in_another_file_is_compiled(tmp_path):
    (tmp_path / "inner_file.py").write_text(INNER)
    (tmp_path / "outer_file.py").write_text(OUTER)
    assert answer(tmp_path) == "4.0 0"
    assert answer(tmp_path) == "4.0 1"
    (tmp_path / "inner_file.py").write_text(INNER.replace("STEP = 1", "STEP = 2"))
    assert answer(tmp_path) == "6.0 0"


def names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def compiling_files() -> list[Path]:
    texts = {path: path.read_text() for path in sorted(PACKAGE.rglob("*.py"))}
    return [path for path, text in texts.items() if "import compiler" in text]


@pytest.mark.parametrize("path", compiling_files(), ids=lambda path: path.stem)
def test_compiled_functions_name_the_modules_that_they_use(path):
    """Whatever a compiled function takes from the package is a module that is named to ``compiler``."""
    tree = ast.parse(path.read_text())
    imported = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module.startswith("pomflow")
        for alias in node.names
    }
    named = {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and names(node.func) == {"compiler"}
        for argument in node.args
        for name in names(argument)
    }
    decorated = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.decorator_list]
    assert decorated
    used = set().union(*(names(statement) for node in decorated for statement in node.body))
    assert used & imported == named
