"""The words of figures: those of the package have their Japanese, and English figures stay as they are."""

import ast
import csv
import string

import matplotlib
import pytest
import yaml

from overlaps import english_in, left_in_english
from pages import ROOT
from pomflow import registry
from pomflow.lattice import Lattice
from pomflow.models.ising.model import Ising
from pomflow.models.potts.model import Potts
from pomflow.plotting import common
from pomflow.plotting.ising.critical_temperature import KNOWN
from pomflow.plotting.words import say, speak

PLOTTING = ROOT / "src/pomflow/plotting"
WRITTEN = {"label", "title", "xlabel", "ylabel"}
WRITERS = {"set_title", "set_xlabel", "set_ylabel", "suptitle", "supxlabel"}
TABLE = yaml.safe_load((PLOTTING / "words_ja.yaml").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def _english_again():
    yield
    common.styled()


def constants(path):
    """The literal texts of a module, and those that are asked for by ``say``."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    said = [call.args[0] for call in calls if getattr(call.func, "id", "") == "say"]
    return texts, {argument.value for argument in said if isinstance(argument, ast.Constant)}


def of_models():
    """Titles, long names, units and dimensions of all models, and methods of published values."""
    with open(ROOT / "src/pomflow/models/complex_phi4/published.csv", encoding="utf-8") as file:
        found = {row["method"] for row in csv.DictReader(file)}
    for name in registry.MODELS:
        model = registry.load("model", name)
        known = registry.observables(name, model) | registry.quantities(name, model)
        found |= {model.title} | {one.long_name for one in known.values()}
        for parameter in model.parameters:
            found.add(model.parameters[parameter].long_name or parameter.replace("_", " "))
        found |= {one.units for one in (*known.values(), *model.parameters.values())} - {"1"}
        for one in registry.quantities(name, model).values():
            found |= {dimension.replace("_", " ") for dimension in one.dimensions}
    return found


def of_spin_models():
    """The titles of figures, with names in braces, and whose a known temperature is."""
    lattices = [Lattice((4,)), Lattice((4, 4)), Lattice((4, 4, 4))]
    models = [Ising(lattice) for lattice in lattices] + [Potts(lattices[1], 3)]
    assert {type(model) for model in models} == {
        registry.load("spin model", name) for name in registry.SPIN_MODELS
    }
    known = {KNOWN[model.transition.source] for model in models}
    return known | {model.words[0] for model in models}


def test_every_word_of_a_figure_and_of_a_model_has_its_japanese():
    said = set().union(*(constants(path)[1] for path in PLOTTING.rglob("*.py")))
    assert len(said) > 100
    assert sorted((said | of_models() | of_spin_models()) - set(TABLE)) == []


def given_to_matplotlib(tree) -> list[str]:
    """Titles and labels that are written without ``say``; nothing in place of what is filled in."""
    found = [node.value for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg in WRITTEN]
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    found += [call.args[0] for call in calls if getattr(call.func, "attr", "") in WRITERS and call.args]
    texts = []
    for node in found:
        parts = node.values if isinstance(node, ast.JoinedStr) else [node]
        texts.append("".join(str(part.value) for part in parts if isinstance(part, ast.Constant)))
    return texts


def test_no_title_or_label_is_written_in_english_only():
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in PLOTTING.rglob("*.py")]
    texts = [text for tree in trees for text in given_to_matplotlib(tree)]
    assert r"$K / K_c(L)$" in texts
    assert [text for text in texts if english_in(text)] == []
    wrong = ast.parse('axes.plot(x, label=f"in English, {name}")\naxes.set_title("also $x$")')
    assert [text for text in given_to_matplotlib(wrong) if english_in(text)] == ["in English, ", "also $x$"]


def test_no_entry_is_of_a_word_that_is_gone():
    """Each is a text of the code, or is made of the name of a start."""
    texts = set().union(*(constants(path)[0] for path in (ROOT / "src/pomflow").rglob("*.py")))
    known = of_models() | texts | {f"{kind} start" for kind in texts if isinstance(kind, str)}
    assert sorted(set(TABLE) - known) == []


def test_what_is_filled_in_is_the_same_in_both_languages():
    def fields(text):
        return sorted(name + (spec or "") for _, name, spec, _ in string.Formatter().parse(text) if name)

    templates = {english: japanese for english, japanese in TABLE.items() if "$" not in english}
    assert sum(map(bool, map(fields, templates))) > 20
    assert [english for english, japanese in templates.items() if fields(english) != fields(japanese)] == []


def test_words_and_values():
    assert say("batch of {size}", size=3) == "batch of 3"
    speak("ja")
    assert say("batch of {size}", size=3) == "3 個ずつ"
    assert say("mean field") == "平均場近似"
    assert say("the long name of a model of one's own") == "the long name of a model of one's own"


def test_english_figures_do_not_depend_on_japanese_ones_before_them():
    common.styled()
    english = {name: matplotlib.rcParams[name] for name in matplotlib.rcParams}
    common.styled("paper", "ja")
    assert matplotlib.rcParams["font.family"][0] == "IPAexGothic"
    common.styled()
    assert {name: matplotlib.rcParams[name] for name in english} == english
    assert say("mean field") == "mean field"


def test_english_that_is_left_is_found():
    common.styled("paper", "ja")
    sheet, axes = common.figure()
    axes.set(title="平均場近似 dense", xlabel=r"$\mathrm{Re}\,\beta$ (1 / J)", ylabel="mean field")
    assert left_in_english(sheet) == ["mean field"]
