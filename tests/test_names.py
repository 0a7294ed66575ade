"""Names of observables, quantities and axes: what has them already is kept, and they are refused by name."""

import pytest

from pages import ROOT
from pomflow import plugins, registry
from pomflow.__main__ import main
from pomflow.config import resolve as config
from pomflow.errors import ConfigError
from pomflow.stages.scan.columns import ABOUT, ENDS

SCHEMA = config.load_schema(ROOT / "workflow" / "schemas" / "config.schema.yaml")
MODEL = """
from pomflow.models.base import Model, Parameter, Variables
from pomflow.models.observables import observable


class Well(Model):
    variables = Variables("real", per_site=1)
    parameters = {"PARAMETER": Parameter("Strength.")}

    def value(self, z):
        return self.PARAMETER * (z**2).sum(axis=1) / 2

    def gradient(self, z):
        return self.PARAMETER * z

    @observable("mean of z^2")
    def density(self, point):
        return (point.z**2).mean(axis=1)

    @observable("mean of z^4")
    def OBSERVABLE(self, point):
        return (point.z**4).mean(axis=1)
"""
FREE = ("density2", "density_errors", "err", "im", "free", "apfel")
COLUMNS = ("status", "status0", "status_trainings", "status_free_energy", "free_energy", "ess", "apf_re")
COLUMNS += ("apf0", "apf_best", "exp_dh_err", "jackknife", "ess_per_second", "pressure", "covariance")
FIGURES = ("apf", "apf_im", "training", "history", "phase", "correlation")
PREFIXED = ("curve_density", "series_density")
OF_OTHERS = ("density_err", "density_im", "density_exact", "density_pull", "density0", "density_mf")
OF_OTHERS += ("density_im_err", "density_cv", "density_gain", "density_spread", "density_chi2")


@pytest.fixture
def well(plugged, tmp_path):
    """Registers the model with these names, and gives its file."""

    def write(observable: str = "square", parameter: str = "strength") -> str:
        text = MODEL.replace("OBSERVABLE", observable).replace("PARAMETER", parameter)
        (tmp_path / "well.py").write_text(text)
        plugged.plug_in({"model": {"well": "well.py:Well"}}, tmp_path)
        return f"{tmp_path}/well.py:Well"

    return write


def resolve(parameter: str = "strength") -> dict:
    """The configuration of a scan with it, as a run reads it before it has any job."""
    study = {"model": "well", "lattices": [[2]], "over": {parameter: [1.0]}, "contours": ["shift"]}
    return config.resolve({"studies": {"wells": study}}, SCHEMA)


@pytest.mark.parametrize("name", registry.MODELS)
def test_every_registered_model_passes(name):
    model = registry.load("model", name)
    assert registry.observables(name, model)
    registry.quantities(name, model)
    assert plugins.MISFITS["model"](model) is None


@pytest.mark.parametrize("name", FREE)
def test_other_names_are_free(name, well):
    well(name)
    assert resolve()["studies"]["wells"]["model"] == "well"
    assert list(registry.observables("well", registry.load("model", "well"))) == ["density", name]


@pytest.mark.parametrize("name", ["strength", *COLUMNS, *FIGURES, *PREFIXED, *OF_OTHERS])
def test_a_name_that_is_taken_is_refused_by_a_run_and_by_a_check(name, well, capsys):
    place = well(name)
    with pytest.raises(ConfigError) as refused:
        resolve()
    assert refused.value.where == f"Well.{name}"
    assert "has this name" in refused.value.what
    assert main(["check", place]) == 1
    printed, error = capsys.readouterr()
    assert printed == ""
    assert error == f"pomflow: {refused.value}\n"


@pytest.mark.parametrize("name", [*ABOUT, *(f"density{end}" for end in ENDS)])
def test_every_column_is_taken(name, well):
    """Also those that come later: whatever has words has its name."""
    well(name)
    with pytest.raises(ConfigError, match=r"has this name|name of another attribute"):
        resolve()


@pytest.mark.parametrize("name", ["ess", "status", "volume", "density_err", "density0", "exp_dh_err"])
def test_an_axis_does_not_write_over_a_column(name, well):
    well(parameter=name)
    with pytest.raises(ConfigError, match="no parameter can be called so") as refused:
        resolve(name)
    assert refused.value.where == f"Well.parameters.{name}"


@pytest.mark.parametrize(
    ("name", "told"), [("density_err", "'density'"), ("mass", "a parameter"), ("mine", "a figure")]
)
def test_names_of_plug_ins_are_refused_on_a_model_inside(name, told, plugged, tmp_path):
    text = "from pomflow.models.observables import observable\n\n\n@observable('mean of z')\n"
    (tmp_path / "mean.py").write_text(text + "def mean(point):\n    return point.z.mean(axis=1)\n")
    (tmp_path / "figure.py").write_text("def draw(scan, attrs):\n    return None\n")
    plugged.plug_in({"observable": {name: "mean.py:mean"}, "figure": {"mine": "figure.py:draw"}}, tmp_path)
    with pytest.raises(ConfigError, match=told) as refused:
        config.resolve(
            {"studies": {"one": {"model": "complex_phi4", "lattices": [[2]], "over": {"mu": [0.5]}}}}, SCHEMA
        )
    assert refused.value.where == f"plugins.observable.{name}"


def test_a_quantity_takes_no_column_of_an_observable(plugged, monkeypatch):
    """The module of quantities is read for it, before anything is computed."""
    from pomflow.models.complex_phi4 import quantities

    taken = quantities.quantity("x", of=None)(density_cv)
    monkeypatch.setattr(quantities, "density_cv", taken, raising=False)
    with pytest.raises(ConfigError) as refused:
        registry.quantities("complex_phi4", registry.load("model", "complex_phi4"))
    assert refused.value.where == "ComplexPhi4.density_cv"


def density_cv(model, mean):
    """Would be the column of the density with control variates."""
