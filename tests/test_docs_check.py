"""The check of the documentation: what it takes for commands, and that the first failure ends it."""

import pytest

import docs_check
from pomflow.config import file as config_file
from pomflow.config import resolve as config
from pomflow.config import scan as scans

PAGE = """# A page

```bash
source names.sh                # defines a variable
echo "$name" > told.txt
# a comment between commands
for n in 1 2; do
    echo "$n" >> told.txt
done
printf 'one %s\\n' \\
    two >> told.txt
cat << END >> told.txt
$name again
END
```

```sh
# names.sh
name=phi
```

- in a list

  ```bash
  test "$name" = phi
  ```

<!-- not run by make docs-check: needs a cluster -->
```bash
sbatch job.sh
```

```text
no command
```
"""


def run(page, folder):
    (folder / "logs").mkdir()
    docs_check.run("page.md", docs_check.steps(page), folder, folder / "logs", {"PATH": "/usr/bin:/bin"})


def test_commands_of_a_page_share_a_shell_and_are_told_with_their_lines(tmp_path, capsys):
    (tmp_path / "names.sh").write_text("name=phi4\n")
    run(PAGE.replace("= phi\n", "= phi4\n"), tmp_path)
    assert (tmp_path / "told.txt").read_text() == "phi4\n1\n2\none two\nphi4 again\n"
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("page.md:")[1].split()[0] for line in lines] == [
        str(1 + PAGE.splitlines().index(line))
        for line in (
            "sbatch job.sh",
            "source names.sh                # defines a variable",
            'echo "$name" > told.txt',
            "for n in 1 2; do",
            "printf 'one %s\\n' \\",
            "cat << END >> told.txt",
            '  test "$name" = phi',
        )
    ]
    assert lines[0].strip().startswith("left out")
    assert lines[0].endswith("sbatch job.sh  (needs a cluster)")


def test_a_block_that_begins_with_the_name_of_a_file_is_written(tmp_path):
    (tmp_path / "names.sh").write_text("name=phi4\n")
    run(PAGE.replace("= phi\n", "= phi4\n"), tmp_path)
    assert (tmp_path / "names.sh").read_text() == "# names.sh\nname=phi\n"


def test_the_first_command_that_fails_ends_the_page_and_is_named(tmp_path, capsys):
    page = "```bash\ntrue\necho what went wrong; false\ntouch later\n```\n"
    with pytest.raises(docs_check.DocsError, match="line 3: status 1 of: echo what went wrong; false"):
        run(page, tmp_path)
    assert not (tmp_path / "later").exists()
    assert capsys.readouterr().err == "what went wrong\n"


def test_a_command_that_ends_the_shell_is_an_error(tmp_path):
    with pytest.raises(docs_check.DocsError, match="ended early"):
        run("```bash\nexit 3\n```\n", tmp_path)


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("text\n```\nmake run\n```\n", "line 2: the fence names no language"),
        ("```bash\nmake run\n", "line 1: the fence is not closed"),
        ("```bash\nfor n in 1; do\n```\n", "a command is not complete: for n in 1; do"),
        ("```bash\nmake \\\n```\n", "a command is not complete"),
    ],
)
def test_a_page_that_cannot_be_read_is_refused(page, message):
    with pytest.raises(docs_check.DocsError, match=message):
        docs_check.steps(page)


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("# my.yaml", "my.yaml"),
        ("# mine/Snakefile", "mine/Snakefile"),
        ("# src/pomflow/contours/shift.py", "src/pomflow/contours/shift.py"),
        ("# a comment", None),
        ("# see e.g. docs", None),
        ("mine/Snakefile", None),
    ],
)
def test_what_the_name_of_a_file_is(line, path):
    found = docs_check.steps(f"```python\n{line}\npass\n```\n")
    assert [step.path for step in found] == ([path] if path else [])


def test_a_marker_holds_for_the_next_block_only():
    page = "<!-- not run by make docs-check: slow -->\n\n```bash\na\n```\n\n```bash\nb\n```\n"
    assert [step.reason for step in docs_check.steps(page)] == ["slow", ""]
    assert [step.reason for step in docs_check.steps(page.replace("\n\n", "\n\nwords\n\n", 1))] == ["", ""]


def test_the_small_scan_makes_the_files_that_the_pages_name():
    """The same lattices, contours and studies as the default scan, at some of its mu."""
    schema = config.load_schema(docs_check.ROOT / "workflow/schemas/config.schema.yaml")
    paths = (docs_check.SMALL, docs_check.ROOT / "config/default.yaml")
    small, default = (config.resolve(config_file.load(path), schema) for path in paths)
    assert small["scan"] == default["scan"]
    of_small, of_default = scans.studies(small)["phi4"], scans.studies(default)["phi4"]
    assert small["studies"].keys() == default["studies"].keys()
    assert of_small.pairs == of_default.pairs
    assert "mu=0.4" in of_small.points
    assert set(of_small.points) < set(of_default.points)
    assert small["ising"]["enabled"]
    assert small["lessons"]["enabled"]


def test_every_page_of_this_repository_can_be_read():
    """Every fence names its language, and README.md has commands to run."""
    read = {path.name: docs_check.steps(path.read_text()) for path in docs_check.pages(docs_check.ROOT)}
    run = [step for step in read["README.md"] if not step.reason and not step.path]
    assert "make run" in [step.text for step in run]
