"""What `finite_size` of a study is asked for: analyses that do not fit are refused by name, with a remedy."""

from pathlib import Path

import pytest

from pomflow.analysis.finite_size import fit
from pomflow.config import resolve as config
from pomflow.config.finite_size import FAILED, sources
from pomflow.config.scan import Study
from pomflow.errors import ConfigError

ROOT = Path(__file__).parents[2]
SCHEMA = config.load_schema(ROOT / "workflow" / "schemas" / "config.schema.yaml")
MU = {"mu": [1.0, 1.1, 1.2, 1.3, 1.4]}
BOXES = [[4, 4, 4, 4], [4, 6, 6, 6], [4, 8, 8, 8]]
LAYERS = [[4, 8, 8], [4, 12, 12], [4, 16, 16]]
FLAT = [[4, 4, 8], [4, 6, 12], [4, 8, 16]]
SQUARES = [[4, 4], [8, 8], [12, 12]]
WITHOUT_WORM = {"worm": {"enabled": False}}


def study(method: str, quantity: str = "", lattices=BOXES, over=MU, model="complex_phi4", **changed) -> Study:
    """A study as it is resolved; changes are of the analysis, or with ``of_study`` of the study."""
    of_study = changed.pop("of_study", {})
    wanted = {"method": method, "quantity": quantity} | changed
    given = {"model": model, "lattices": lattices, "over": over, "finite_size": wanted} | of_study
    return Study("one", config.resolve({"studies": {"one": given}}, SCHEMA)["studies"]["one"])


def test_without_one_nothing_is_fitted():
    resolved = config.resolve({"studies": {"one": {"model": "xy", "lattices": [[4]], "over": MU}}}, SCHEMA)
    assert sources(Study("one", resolved["studies"]["one"])) == {}


NEUTRAL = dict(over={"coupling": [1.0, 2.0, 3.0, 4.0]}, of_study={"parameters": {"mu": 0.0}})
GOOD = [
    (dict(method="crossing", quantity="binder"), ["plane"]),
    (dict(method="crossing", quantity="correlation_length", power=-1), ["plane", "exact"]),
    (dict(method="scaling", quantity="binder", exponent=0.67, window=[1.05, 1.4], degree=1), ["plane"]),
    (dict(method="jump", quantity="helicity", lattices=LAYERS), ["plane", "exact"]),
    (dict(method="jump", quantity="helicity", lattices=LAYERS, of_study=WITHOUT_WORM), ["plane"]),
    (dict(method="onset", lattices=[[24, 4], [24, 6]]), ["exact"]),
    # a chemical potential that is zero: time is like space
    (dict(method="jump", quantity="helicity", lattices=SQUARES, **NEUTRAL), ["plane", "exact"]),
    (
        dict(method="scaling", quantity="density", lattices=[[4, 4], [16, 8], [36, 12]], power=1),
        ["plane", "exact"],
    ),
]


@pytest.mark.parametrize(("asked", "expected"), GOOD, ids=str)
def test_where_the_curves_come_from(asked, expected):
    found = study(**asked)
    assert list(sources(found)) == expected
    assert all(lattices == found.lattices for lattices in sources(found).values())


def test_a_contour_on_one_lattice_serves_nothing():
    lattices = [{"shape": BOXES[0], "contours": ["plane", "linear"]}, BOXES[1], BOXES[2]]
    assert list(sources(study("crossing", "binder", lattices))) == ["plane"]


BAD = [
    (dict(method="cross"), "", "'cross' is not allowed. Choose one of"),
    (dict(method="crossing"), "quantity", "needs one. Take one of: density, phi2"),
    (dict(method="crossing", quantity="bindr"), "quantity", "Did you mean 'binder'?"),
    (dict(method="crossing", quantity="correlator"), "quantity", "no number 'correlator'"),
    (
        dict(method="crossing", quantity="correlation_length"),
        "power",
        "units .lattice units.*such as -1 for a",
    ),
    (dict(method="crossing", quantity="binder", exponent=0.5), "exponent", "does not read it. Leave it out"),
    (dict(method="jump", quantity="helicity", lattices=LAYERS, power=1), "power", "does not read it"),
    (dict(method="onset", window=[1.0, 1.2]), "window", "does not read it"),
    (dict(method="crossing", quantity="binder", window=[1.2, 1.0]), "window", "is no range"),
    (dict(method="crossing", quantity="binder", window=[1.0]), "window", "is no range"),
    (dict(method="crossing", quantity="binder", window=[1.05, 1.3]), "window", "3 values of 'mu' .* needs 4"),
    (dict(method="crossing", quantity="binder", lattices=BOXES[:1]), "method", "crossing needs 2 lattices"),
    (dict(method="jump", quantity="helicity", lattices=LAYERS[:2]), "method", "jump needs 3 lattices"),
    (dict(method="crossing", quantity="binder", lattices=[[8], [16]]), "method", "no common space"),
    (dict(method="crossing", quantity="binder", lattices=[[4, 4, 4], [4, 4, 8]]), "method", "no family"),
    (dict(method="crossing", quantity="binder", lattices=LAYERS), "method", "Kosterlitz.*the method jump"),
    (dict(method="scaling", quantity="binder", lattices=SQUARES), "method", "z = 2.*L_t grow like L\\^2"),
    (dict(method="jump", quantity="helicity"), "method", "two dimensions, and these are 3"),
    (dict(method="jump", quantity="helicity", lattices=FLAT), "method", "of squares, and 4x4x8 has 4x8"),
    (dict(method="onset", of_study=WITHOUT_WORM), "method", "Switch worm on"),
    (
        dict(method="onset", **NEUTRAL),
        "method",
        "a value of 'mu', and the first axis is 'coupling'. Put 'mu' first",
    ),
]


@pytest.mark.parametrize(("asked", "field", "words"), BAD, ids=[f"{b}-{c[:12]}" for _, b, c in BAD])
def test_what_does_not_fit_is_refused(asked, field, words):
    with pytest.raises(ConfigError, match=f"(?s){words}") as error:
        study(**asked)
    assert error.value.where.startswith("studies.one.finite_size" + (f".{field}" if field else ""))


def test_a_model_without_a_phase_is_not_asked_for_a_jump():
    """Of plaquettes no stiffness is known; whether curves cross is for the fit to say."""
    gauge = dict(model="u1_gauge", over={"beta_re": [0.5, 1.0, 1.5, 2.0]}, lattices=SQUARES)
    gauge |= {"of_study": {"parameters": {"beta_im": 0.0}}}
    assert list(sources(study("crossing", "plaquette", **gauge, power=1))) == ["plane"]
    with pytest.raises(ConfigError, match="no phase of a field"):
        study("jump", "plaquette", **gauge)


def test_every_status_has_words():
    names = (fit.POINTS, fit.NONE, fit.SEVERAL, fit.UNRESOLVED, fit.CHANCE, fit.OUTSIDE, fit.WARM)
    assert set(FAILED) == set(names)
