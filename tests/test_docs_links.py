"""What the Markdown files point to in the repository is there; `make docs` checks the anchors, too."""

import re

import pytest

from pages import ROOT, pages

# where a path in backticks may begin
BASES = (ROOT, ROOT / "src/pomflow")
# a path of a source file; results are not in the repository
SOURCE = re.compile(r"`((?:[\w-]+/)+[\w-]+\.(?:py|smk|yaml|md|toml|mplstyle))`")
# files that a page tells its reader to write
TO_WRITE = {"src/pomflow/contours/twist.py"}
LINK = re.compile(r"\]\(([^)#\s]+)")
PAGES = [str(page.relative_to(ROOT)) for page in pages()]


def prose(page: str) -> str:
    """A page without its fenced blocks."""
    return re.sub(
        r"^```.*?^```", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )


def broken_links(page: str) -> list[str]:
    links = (link for link in LINK.findall(prose(page)) if "://" not in link)
    return [link for link in links if not ((ROOT / page).parent / link).exists()]


def unknown_files(page: str) -> list[str]:
    named = (path for path in SOURCE.findall(prose(page)) if path not in TO_WRITE)
    return [path for path in named if not any((base / path).exists() for base in BASES)]


@pytest.mark.parametrize("page", PAGES)
def test_links_and_named_files_exist(page):
    assert not broken_links(page)
    assert not unknown_files(page)


def test_what_is_wrong_is_found(tmp_path, monkeypatch):
    text = "[a](b.md) [c](https://d.org/e.md) `docs/nowhere.py` `tests/pages.py` `scan.csv`\n"
    (tmp_path / "page.md").write_text(text)
    monkeypatch.setattr("test_docs_links.ROOT", tmp_path)
    assert broken_links("page.md") == ["b.md"]
    assert unknown_files("page.md") == ["docs/nowhere.py"]
