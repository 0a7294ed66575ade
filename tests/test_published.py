"""Published values: the files of all models, and what is refused in one."""

import pytest

from builders import build_model, model_cases
from pomflow import registry
from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.models import published
from pomflow.models.complex_phi4.action import ComplexPhi4
from sextic import Sextic

HEAD = "quantity,lattice,mass,coupling,mu,value,error,method,source\n"
GOOD = "density,4x4,1,1,0.5,0.25,0.01,dual variables,arXiv:1234.5678\n"


def theory(*shape, **changed) -> ComplexPhi4:
    return ComplexPhi4(Lattice(shape), **{"mass": 1.0, "coupling": 1.0, "mu": 1.1} | changed)


@pytest.mark.parametrize("name", registry.MODELS)
def test_files_of_all_models_can_be_read(name):
    model = registry.load("model", name)
    rows = published.rows(model.published, tuple(model.parameters)) if model.published else []
    assert all(value.estimate.error < abs(value.estimate.value) for *_, value in rows)


@pytest.mark.parametrize(("name", "arguments"), model_cases())
def test_every_model_says_what_is_published(name, arguments):
    assert isinstance(build_model(name, arguments).published_values(), dict)


def test_values_belong_to_their_lattice_and_parameters():
    """The free energy of 6^4 at mu = 1.1, and critical points, one of them that of every lattice in 4 d."""
    known = theory(6, 6, 6, 6).published_values()
    (one,) = known["free_energy"]
    assert (one.estimate.value, one.estimate.error, one.source) == (0.0277, 0.0004, "arXiv:1910.11026")
    assert [each.method for each in known["critical_mu"]] == ["density of states", "dual variables"]
    assert "free_energy" not in theory(8, 8, 8, 8).published_values()
    assert set(theory(8, 8, 8, 8, mu=0.3).published_values()) == {"critical_mu"}
    for other in (theory(6, 6), theory(6, 6, 6), theory(6, 6, 6, 6, coupling=2.0)):
        assert other.published_values() == {}


def test_values_of_a_base_class_are_not_those_of_another_action():
    assert Sextic(Lattice((6, 6, 6, 6)), mu=1.1).published_values() == {}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "its columns are not"),
        (HEAD.replace("source", "where") + GOOD, "its columns are not quantity, lattice"),
        (HEAD + GOOD + GOOD.replace("0.25", "0,25"), "line 3: it has more cells"),
        (HEAD + GOOD.replace("0.25", "a lot"), "line 2: value is no number: a lot"),
        (HEAD + GOOD.replace("0.01", "0"), "line 2: the error 0 is not positive"),
        (HEAD + GOOD.replace("0.01", "nan"), "line 2: error is no number: nan"),
        (HEAD + GOOD.replace("0.5", "half"), "line 2: mu is no number: half"),
        (HEAD + GOOD.replace("arXiv:1234.5678", ""), "line 2: source is missing"),
        (HEAD + "density,4x4,1\n", "line 2: value is missing"),
    ],
)
def test_a_malformed_file_is_refused_by_name(text, what, tmp_path, monkeypatch):
    (tmp_path / "own.csv").write_text(text)
    monkeypatch.setattr(published, "files", lambda package: tmp_path)
    with pytest.raises(ConfigError, match=what) as refused:
        published.rows("own.csv", ("mass", "coupling", "mu"))
    assert "own.csv" in str(refused.value)
