"""The script that executes the notebooks, on small ones, and the form of the tutorials and the lecture."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

REASON = "the packages of the documentation are not installed; `make notebooks` installs them"
jupytext = pytest.importorskip("jupytext", reason=REASON)
nbformat = pytest.importorskip("nbformat", reason=REASON)
pytest.importorskip("ipykernel", reason=REASON)

pytestmark = pytest.mark.notebooks
ROOT = Path(__file__).parent.parent
# folders of notebooks, with how many there are
FOLDERS = {"docs/tutorials": 4, "docs/lecture": 3, "docs/ja/lecture": 5}
NOTEBOOKS = [
    str(path.relative_to(ROOT)) for folder in FOLDERS for path in sorted((ROOT / folder).glob("0*.md"))
]
LECTURE = [path for path in NOTEBOOKS if "lecture" in path]
# of a figure
WORDS = ("title", "label", "xlabel", "ylabel")
HEAD = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---
"""
# of pages in Japanese: the words that open a collapsed cell
IN_JAPANESE = (
    HEAD.removesuffix("---\n")
    + """mystnb:
  code_prompt_show: コードを表示
  code_prompt_hide: コードを隠す
---
"""
)


def run(folder: Path, **cells: str) -> subprocess.CompletedProcess:
    """Execute notebooks of one cell each; the executed ones go to folder/out."""
    for name, cell in cells.items():
        (folder / f"{name}.md").write_text(f"{HEAD}\n# Title\n\n```{{code-cell}}\n{cell}\n```\n")
    sources = [str(folder / f"{name}.md") for name in cells]
    command = [sys.executable, str(ROOT / "docs/run_notebooks.py"), str(folder / "out"), *sources]
    return subprocess.run(command, capture_output=True, text=True, timeout=600)


def test_outputs_and_times_of_what_runs(tmp_path):
    """Two notebooks, each in a kernel of its own, which stands in the folder of its file."""
    done = run(tmp_path, one="x = 1\nprint(x + 1, open('two.md').readline())", two="print('x' in globals())")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^one\.md +\d+\.\d s  ok\ntwo\.md +\d+\.\d s  ok\ntogether +\d+\.\d s", done.stdout)
    texts = [
        nbformat.read(tmp_path / f"out/{name}.ipynb", 4).cells[-1].outputs[0].text for name in ("one", "two")
    ]
    assert texts == ["2 ---\n\n", "False\n"]


def test_a_failed_assertion_is_named_and_the_others_run(tmp_path):
    done = run(tmp_path, bad="value = 2\nassert value == 3", good="print('reached')")
    assert done.returncode == 1
    assert re.search(r"^bad\.md .*FAILED\ngood\.md .*ok$", done.stdout, re.MULTILINE)
    assert "bad.md: An error occurred" in done.stderr
    assert "assert value == 3" in done.stderr
    assert "AssertionError" in done.stderr
    assert "\x1b" not in done.stderr


def test_a_warning_fails(tmp_path):
    done = run(tmp_path, warns="import warnings\nwarnings.warn('something is deprecated')")
    assert done.returncode == 1
    assert "wrote to stderr" in done.stderr
    assert "something is deprecated" in done.stderr


def text_of(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def code_of(path: str) -> list[str]:
    return [cell.source for cell in jupytext.read(ROOT / path).cells if cell.cell_type == "code"]


@pytest.mark.parametrize(("folder", "number"), FOLDERS.items())
def test_every_notebook_is_listed_and_executed(folder, number):
    names = [Path(path).stem for path in NOTEBOOKS if Path(path).parent == Path(folder)]
    assert len(names) == number
    assert re.findall(r"\]\((0\w+)\.md\)", text_of(f"{folder}/index.md")) == names
    assert f" {folder}/0*.md\n" in text_of("Makefile")


@pytest.mark.parametrize("path", NOTEBOOKS)
class TestEveryNotebook:
    def test_is_a_notebook_for_the_default_kernel_that_asserts(self, path):
        assert jupytext.read(ROOT / path).metadata["kernelspec"]["name"] == "python3"
        code = code_of(path)
        styled = 'common.styled("paper", "ja")' if path.startswith("docs/ja") else "common.styled()"
        assert styled in code[0]
        assert sum(len(re.findall(r"^ *assert ", cell, re.MULTILINE)) for cell in code) >= 5

    def test_has_one_title_and_code_cells_in_the_form_of_myst(self, path):
        text = text_of(path)
        assert text.startswith(IN_JAPANESE if path.startswith("docs/ja") else HEAD)
        prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
        assert len(re.findall(r"^# ", prose, re.MULTILINE)) == 1
        assert set(re.findall(r"^```(\S+)", text, re.MULTILINE)) <= {"{code-cell}", "python", "yaml"}


@pytest.mark.parametrize("path", LECTURE)
def test_a_section_of_the_lecture_has_a_cell_and_two_exercises_with_answers(path):
    _, *sections = re.split(r"^## ", text_of(path), flags=re.MULTILINE)
    assert len(sections) >= 3
    for section in sections:
        assert "```{code-cell}\n" in section
        answered = re.findall(
            r"^\*\*(?:問|Exercise) [\d.]+\*\* .+?\n\n<details>\n.+?^</details>$", section, re.M | re.S
        )
        assert (
            len(answered)
            == section.count("<details>")
            == len(re.findall(r"^\*\*(?:問|Exercise)", section, re.M))
            == 2
        )


@pytest.mark.parametrize("path", [path for path in LECTURE if path.startswith("docs/lecture")])
def test_the_lecture_has_the_same_code_in_both_languages(path):
    """But for comments and the words of figures."""
    english, japanese = (
        [ast.dump(WithoutWords().visit(ast.parse(cell))) for cell in code_of(name)]
        for name in (path, path.replace("docs", "docs/ja"))
    )
    assert english == japanese


@pytest.mark.parametrize("path", [path for path in LECTURE if "ja" in path])
def test_a_section_of_the_lecture_in_japanese_has_a_figure_and_none_in_english(path):
    """Either drawn by its cells or one of docs/images/ja."""
    _, *sections = re.split(r"^## ", text_of(path), flags=re.MULTILINE)
    assert [one for one in sections if not re.search(r"plt\.subplots|^!\[", one, re.MULTILINE)] == []
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", text_of(path))
    assert [name for name in pictures if not name.startswith("../../images/ja/")] == []
    words = [word for cell in code_of(path) for word in words_of_figures(ast.parse(cell))]
    english = {word for text in words for word in re.findall("[A-Za-z]{3,}", re.sub(r"\$.*?\$", "", text))}
    assert english == set()


def words_of_figures(tree: ast.AST) -> list[str]:
    """Titles, labels and names that a cell writes into its figures."""
    keywords = (node for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg in WORDS)
    return [one.value.value for one in keywords if isinstance(one.value, ast.Constant)]


class WithoutWords(ast.NodeTransformer):
    """Code without the words of its figures and their language."""

    def visit_Call(self, call):
        self.generic_visit(call)
        call.keywords = [one for one in call.keywords if one.arg not in WORDS]
        if ast.unparse(call.func) == "common.styled":
            call.args = []
        return call
