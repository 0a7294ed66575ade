"""Nothing in the library or in the workflow loads a format that can run code."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted(path for folder in ("src", "workflow", "benchmarks") for path in (ROOT / folder).rglob("*.py"))
MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
CALLS = {"eval", "exec", "compile", "__import__", "read_pickle", "to_pickle", "unsafe_load", "full_load"}
SAFE = {"safe_load", "SafeLoader"}
# the import statements of plug-ins: files that the user names, in order to run them
EXPECTED = {"src/pomflow/plugins.py": {"__import__"}}


def offences(tree: ast.AST) -> list[str]:
    """What a file must not do, with the line."""
    derived = {
        node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and is_safe_loader(node)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        elif isinstance(node, ast.Call):
            names = [forbidden(node, derived)]
        else:
            continue
        bad = [name for name in names if name in CALLS or name.partition(".")[0] in MODULES]
        found += [f"line {node.lineno}: {name}" for name in bad]
    return found


def is_safe_loader(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base).rpartition(".")[2] in SAFE for base in node.bases)


def forbidden(call: ast.Call, safe_loaders: set[str]) -> str:
    """The name of a call that can run code; an empty text for another one."""
    owner, _, name = ast.unparse(call.func).rpartition(".")
    options = {option.arg: ast.unparse(option.value) for option in call.keywords}
    if name in CALLS and owner in ("", "pd", "yaml", "builtins"):
        return name
    if (owner, name) == ("yaml", "load"):
        loader = options.get("Loader", "").rpartition(".")[2]
        return "" if loader in SAFE | safe_loaders else "eval"
    if (owner, name) in {("np", "load"), ("numpy", "load")}:
        return "" if options.get("allow_pickle", "False") == "False" else "pickle"
    if (owner, name) == ("torch", "load") or options.get("allow_pickle", "False") != "False":
        return "pickle"
    return ""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_file_loads_code(path):
    found = {offence.partition(": ")[2] for offence in offences(ast.parse(path.read_text(encoding="utf-8")))}
    assert found == EXPECTED.get(path.relative_to(ROOT).as_posix(), set())


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from joblib import load",
        "import dill.source",
        "eval(text)",
        "exec(text)",
        "yaml.load(text)",
        "yaml.load(text, Loader=yaml.FullLoader)",
        "yaml.unsafe_load(text)",
        "np.load(path, allow_pickle=True)",
        "torch.load(path)",
        "pd.read_pickle(path)",
    ],
)
def test_the_scan_sees_what_it_is_for(line):
    assert offences(ast.parse(line))


@pytest.mark.parametrize(
    "line",
    ["yaml.safe_load(text)", "yaml.load(text, Loader=yaml.SafeLoader)", "np.load(path)", "re.compile(text)"],
)
def test_the_scan_lets_harmless_calls_pass(line):
    assert offences(ast.parse(line)) == []


def test_snakemake_files_name_none_of_it():
    for path in [ROOT / "Snakefile", *(ROOT / "workflow").rglob("*.smk")]:
        text = path.read_text(encoding="utf-8")
        assert not any(word in text for word in ("pickle", "eval(", "exec(", "yaml.load", "joblib"))
