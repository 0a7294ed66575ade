"""The Markdown pages of the repository and the code that stands in them."""

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).parent.parent
# folders without pages of ours
OTHERS = {"results", "_build"}


def pages() -> list[Path]:
    """Every Markdown file of the repository."""
    files = (path for path in ROOT.rglob("*.md") if not _foreign(path.relative_to(ROOT).parts[:-1]))
    return sorted(files)


def _foreign(folders: tuple[str, ...]) -> bool:
    return any(name.startswith(".") or name in OTHERS for name in folders)


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of a language in a page, whose path is relative to the repository."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def write_files(page: str, folder: Path) -> list[str]:
    """Write the files of a page that a reader writes outside the package; their names."""
    found = []
    for block in blocks(page, "python") + blocks(page, "yaml"):
        if file := re.match(r"# ([\w-]+\.\w+)\n", block):
            (folder / file[1]).write_text(block, encoding="utf-8")
            found.append(file[1])
    return found


class Extended:
    """A copy of the package and its tests with the new files and registry lines of some pages.

    Attributes
    ----------
    source : Path
        Takes the place of src/.
    """

    def __init__(self, folder: Path, extended_by: list[str]):
        self.folder, self.source = folder, folder / "src"
        for name in ("src", "tests"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", folder)
        for page in extended_by:
            for block in blocks(page, "python"):
                self._take(block)
            for block in blocks(page, "yaml"):
                self._append(block)

    def _take(self, block: str) -> None:
        first, _, rest = block.partition("\n")
        if line := re.fullmatch(r"# in (\w+) of (src/\S+)", first):
            self._register(self.folder / line[2], line[1], rest)
        elif file := re.fullmatch(r"# (src/\S+)", first):
            (self.folder / file[1]).write_text(block, encoding="utf-8")

    def _append(self, block: str) -> None:
        first, _, rest = block.partition("\n")
        if file := re.fullmatch(r"# in (src/\S+)", first):
            with open(self.folder / file[1], "a", encoding="utf-8") as table:
                table.write(rest)

    def _register(self, path: Path, dictionary: str, line: str) -> None:
        text = path.read_text(encoding="utf-8")
        opening = re.search(rf"^{dictionary}(: .*)? = {{", text, re.MULTILINE)
        assert opening, f"{path.name} has no {dictionary}"
        path.write_text(f"{text[: opening.end()]}\n{line}{text[opening.end() :]}", encoding="utf-8")
