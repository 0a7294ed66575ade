"""Wrong answers that nothing would report: each was, or could have been, one without a word."""

import json
import math
import os
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from builders import build_contour, phi4, random_parameters
from differences import gradient
from kept import checkpoint_in
from pages import ROOT
from pomflow import registry
from pomflow.config.scan import Study, stream_labels
from pomflow.contours.dense import Dense
from pomflow.contours.path import Path
from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4.action import ComplexPhi4
from pomflow.models.integrals.integral import POINT
from pomflow.models.integrals.quartic import Quartic
from pomflow.random.stream import Stream
from pomflow.stages.scan import collect_scan, measure_observables, sample_plane
from pomflow.stages.scan.point import Point
from sextic import Sextic
from small_models import thirring

THEORY = {"mass": 1.0, "coupling": 1.0, "mu": 0.8}
RUN = {"chains": 8, "trajectories": 10, "thermalization": 5, "record_every": 1, "start": "mixed"}
RUN |= {"leapfrog_steps": 5, "step_size": 0.1, "target_acceptance": 0.8}


# --- a theory that derives from another one -----------------------------------------------------------------


@pytest.mark.parametrize("name", ["equivariant", "linear", "dense", "local"])
def test_chains_of_a_subclass_follow_its_own_force(name, rng):
    """The kernels of the equivariant contour know the gradient of phi^4, and once moved phi^6 by it."""
    model = Sextic(Lattice((3, 2)), **THEORY)
    contour = build_contour(name, model)
    path, t = Path(model, contour, random_parameters(contour)), rng.normal(size=(3, model.size))
    slope = gradient(lambda t: model.value(path.at(t).z).real.sum(), t)
    np.testing.assert_allclose(path.force(t), -slope, rtol=1e-7, atol=1e-7)
    parent = Path(phi4(3, 2), contour, path.theta).force(t)
    assert np.abs(path.force(t) - parent).max() > 0.1


def test_exact_partners_are_not_inherited():
    """They belong to the action of the class that states them."""
    theory = THEORY | {"coupling": 0.0}
    parent, model = (kind(Lattice((4, 4)), **theory) for kind in (ComplexPhi4, Sextic))
    assert parent.exact_values()
    assert parent.mean_field_values()
    assert ComplexPhi4.stated("simulation") is not None
    assert model.exact_values() == {}
    assert model.mean_field_values() == {}
    for partner in ("exact", "mean_field", "simulation"):
        assert Sextic.stated(partner) is None
        assert Sextic.partner_module(partner) is None


def test_nothing_of_the_parent_is_simulated_for_a_study_of_a_subclass(monkeypatch):
    monkeypatch.setitem(registry.MODELS, "sextic", "sextic:Sextic")
    settings = {"parameters": {"mass": 1.0, "coupling": 1.0}, "over": {"mu": [0.8]}}
    settings |= {"worm": {"enabled": True, "spacing": 0.4}, "lattices": [[2, 2]], "contours": ["dense"]}
    assert Study("one", settings | {"model": "complex_phi4"}).simulated
    assert not Study("one", settings | {"model": "sextic"}).simulated


@pytest.fixture
def measured(tmp_path, monkeypatch):
    """A function of a model's name: the row of its table on the plane, by the real stages."""
    monkeypatch.setitem(registry.MODELS, "sextic", "sextic:Sextic")

    def row(model: str, **theory) -> pd.Series:
        folder = tmp_path / model
        folder.mkdir()
        point, values = "mu=0.5", THEORY | {"mu": 0.5} | theory
        params = {"study": "trap", "model": model, "lattice": "2x2", "parameters": values, "point": point}
        params |= {"seed": 1, "backend": "numpy"}
        samples = folder / "samples.nc"
        measured = {name: folder / f"{name}.nc" for name in ("observables", "quantities")}
        checkpoint = checkpoint_in(folder)
        sample_plane.run({}, {"samples": samples}, params | {"plane": RUN}, checkpoint)
        measuring = params | {"contour": "plane", "network": {}}
        measure_observables.run({"samples": samples}, measured, measuring)
        outputs = {"scan": folder / "scan.nc", "table": folder / "scan.csv"}
        collecting = params | {"axes": ["mu"], "points": {point: values}, "nodes": {}, "contour": "plane"}
        collecting |= {"others": []}
        inputs = {"contour": "observables", "plane": "observables", "quantities": "quantities"}
        files = {name: [measured[kind]] for name, kind in inputs.items()}
        collect_scan.run(files, outputs, collecting)
        return pd.read_csv(outputs["table"]).iloc[0]

    return row


def test_a_table_of_a_subclass_has_no_exact_numbers(measured):
    """The parent is Gaussian here and known in closed form; the subclass has the columns, and NaN in them."""
    parent, child = measured("complex_phi4", coupling=0.0), measured("sextic", coupling=0.0)
    columns = [name for name in parent.index if "_exact" in name or name.endswith("_pull")]
    assert {"density_exact", "phi2_exact", "apf0_exact", "density_pull"} <= set(columns)
    assert np.isfinite(parent[[name for name in columns if "exact" in name]].astype(float)).all()
    assert set(columns) <= set(child.index)
    assert child[columns].isna().all()
    assert "density_mf" in parent
    assert "density_mf" not in child


def test_the_table_of_exact_values_knows_its_points_only():
    """Not another coupling, mass or lattice, nor a mu between those of the table."""
    here = {"lattice": (4, 4), "mass": 1.0, "coupling": 1.0, "mu": 1.2}

    def known(**changed):
        values = here | changed
        return ComplexPhi4(Lattice(values.pop("lattice")), **values).exact_values()

    assert set(known()) == {"density", "phi2", "apf0"}
    assert known()["apf0"].value == pytest.approx(0.3696, abs=2e-4)
    assert known(mu=-1.2)["density"].value == -known()["density"].value
    for changed in (
        {"coupling": 1.1},
        {"coupling": 2.0},
        {"mass": 1.1},
        {"mu": 1.21},
        {"lattice": (4, 5)},
        {"lattice": (5, 5)},
        {"lattice": (4, 4, 4)},
        {"lattice": (16,)},
    ):
        assert known(**changed) == {}


# --- a path in whose directions the weight does not fall off ------------------------------------------------


@pytest.mark.parametrize(
    ("growth", "bound"), [(6, math.tan(math.pi / 12)), (4, math.tan(math.pi / 8)), (2, 1.0)]
)
def test_slopes_are_bounded_by_the_power_of_the_action(growth, bound):
    """(uv)^{p/2} turns by p arctan a: for a phi^6 the bound of phi^4 is too large."""
    models = {
        6: Sextic(Lattice((4, 3)), **THEORY),
        4: phi4(4, 3),
        2: phi4(4, 3, coupling=0.0),
    }
    contour = build_contour("linear", models[growth])
    assert contour.bound == pytest.approx(bound, rel=1e-14)
    slope, *_ = contour.prepare(random_parameters(contour, width=20.0))
    assert 0.9 * bound < np.abs(slope).max() <= bound


def test_a_subclass_grows_as_it_says_itself():
    """Also without the coupling of its parent, which then grows like a square."""
    assert phi4(3, 2, coupling=0.0, mu=0.3).growth == 2
    assert Sextic(Lattice((3, 2)), **THEORY | {"coupling": 0.0}).growth == 6


def test_a_subclass_of_unknown_growth_is_refused_by_name():
    """It once had the bound of its parent."""

    class Unbounded(ComplexPhi4):
        pass

    contour = build_contour("linear", phi4(3, 2))
    with pytest.raises(ConfigError, match=r"^Unbounded on Linear: .* states no growth"):
        Path(Unbounded(Lattice((3, 2)), **THEORY), contour, np.zeros(contour.n_parameters))
    assert contour.misfit(Unbounded) is not None
    assert contour.misfit(ComplexPhi4) is contour.misfit(Sextic) is None


@pytest.mark.parametrize("name", ["linear", "equivariant"])
def test_angles_on_a_path_of_the_real_line_are_refused(name):
    """Its ends at +-pi would not be the same point, and the integral another one."""
    contour = build_contour(name, phi4(4, 4))
    with pytest.raises(ConfigError, match=rf"^Thirring on {type(contour).__name__}: .*'angle'"):
        Path(thirring(4, 4), contour, np.zeros(contour.n_parameters))


@pytest.mark.parametrize(("angles", "model"), [(False, thirring(4)), (True, phi4(2, 2))])
def test_a_network_that_was_built_for_other_variables_is_refused(angles, model):
    """By hand, where nobody asks the model: without cos t and sin t its path has no period."""
    contour = Dense(model.size, 4, angles=angles)
    with pytest.raises(ConfigError, match=r"on Dense: .* it was built for (real|angle) variables"):
        Path(model, contour, np.zeros(contour.n_parameters))


# --- random numbers and reruns ------------------------------------------------------------------------------


def test_the_first_study_keeps_its_random_numbers():
    """Those of the release that had one study along mu, and so its results."""
    labels = stream_labels("phi4", "sample_plane", "4x4", "plane", "mu=0.4")
    assert labels == ("sample_plane", "4x4", "plane", "0.4")


def test_no_two_jobs_share_random_numbers():
    """Of two studies, of two values of any axis, of stages, lattices and contours."""
    jobs = [
        (study, stage, lattice, contour, point)
        for study in ("phi4", "other", "sample_plane")
        for stage in ("sample_plane", "sample_contour")
        for lattice in ("4x4", "8x8")
        for contour in ("plane", "dense")
        for point in ("mu=0.4", "mu=0.4,coupling=1", "mu=0.4,coupling=2", "coupling=0.4", "mass=0.4")
    ]
    labels = [stream_labels(*job) for job in jobs]
    assert len(set(labels)) == len(jobs)
    first = [tuple(Stream(1, *one).uniforms(0, 1, 2)[0].tolist()) for one in labels]
    assert len(set(first)) == len(jobs)


def test_two_couplings_of_a_grid_begin_differently():
    """The points of a job as the stages build them."""
    begin = []
    for study, coupling in (("phi4", 0.5), ("phi4", 1.0), ("other", 1.0)):
        values = THEORY | {"coupling": coupling}
        point = Point.of(
            {
                "study": study,
                "model": "complex_phi4",
                "lattice": "2x2",
                "parameters": values,
                "point": f"mu=0.8,coupling={coupling}",
                "seed": 1,
                "backend": "numpy",
            }
        )
        begin.append(point.stream("sample_plane", "plane").normals(0, 1, 8))
    assert not np.isclose(begin[0], begin[1]).any()
    assert not np.isclose(begin[1], begin[2]).any()


# of each edit: the file, old and new text, and the models whose jobs it concerns; they follow one of every
# file that a registered model loads
EDITS = [
    ("models/thirring/action.py", "(1 - xp.cos(self.z))", "(2 - xp.cos(self.z))", {"thirring"}),
    ("models/thirring/staggered.py", "np.", "numpy.", {"thirring"}),
    ("models/xy/action.py", "-0.5j * model.beta", "0.5j * model.beta", {"xy"}),
    ("models/complex_phi4/action.py", "+ self.mass**2", "+ 2 * self.mass**2", {"complex_phi4"}),
    ("models/integrals/quartic.py", "self.coupling / 4", "self.coupling / 5", {"quartic_integral"}),
    ("models/thirring/action.py", "The Thirring model", "A Thirring model", set()),
    ("models/thirring/exact.py", "4x6", "4 x 6", set()),
]
# in a process of its own, whose package is a copy that it edits
FINGERPRINTS = """
import json, pathlib, subprocess, sys
from pomflow import registry
from pomflow.jobs import fingerprint

def all_of_them():
    fingerprint._parse.cache_clear()
    return {
        f"{stage} {model}": fingerprint.fingerprint(
            f"pomflow.stages.scan.{stage}", registry.module_of("model", model)
        )
        for stage in ("sample_contour", "measure_observables", "collect_scan")
        for model in registry.MODELS
    }

def loaded(model):
    # in a process of its own, which has loaded no other model
    code = "import sys; from pomflow import registry as r; r.load('model', sys.argv[1]); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, model], capture_output=True, text=True, check=True)
    return {name for name in done.stdout.split() if name.startswith("pomflow.models.")}

source, found = pathlib.Path(sys.argv[1]), [all_of_them()]
loads = {model: loaded(model) for model in registry.MODELS}
by_module = {}
for module in sorted(set().union(*loads.values())):
    file = source.parent / (module.replace(".", "/") + ".py")
    if file.is_file():
        text = file.read_text()
        file.write_text(text + "EDITED = True")
        by_module[module] = [[model for model in loads if module in loads[model]], all_of_them()]
        file.write_text(text)
for file, old, new in json.loads(sys.argv[2]):
    text = (source / file).read_text()
    assert old in text, (file, old)
    (source / file).write_text(text.replace(old, new, 1))
    found.append(all_of_them())
    (source / file).write_text(text)
print(json.dumps([found, by_module]))
"""


def test_an_edit_of_a_model_changes_the_fingerprints_of_its_jobs(tmp_path):
    """Of every stage, and of no other model; one of a docstring changes none."""
    source = shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    edits = json.dumps([edit[:3] for edit in EDITS])
    done = subprocess.run(
        [sys.executable, "-c", FINGERPRINTS, str(source / "pomflow"), edits],
        env=os.environ | {"PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    (before, *after), by_module = json.loads(done.stdout)
    assert len(before) == 3 * len(registry.MODELS)

    def changed_by(fingerprints):
        return {job for job, value in fingerprints.items() if value != before[job]}

    # the file of the class of every model is among them
    assert {registry.module_of("model", name) for name in registry.MODELS} <= by_module.keys()
    for module, (models, fingerprints) in by_module.items():
        concerned = {job for job in before if job.split()[1] in models}
        assert changed_by(fingerprints) == concerned, module
    for (file, _, new, models), fingerprints in zip(EDITS, after, strict=True):
        assert changed_by(fingerprints) == {job for job in before if job.split()[1] in models}, (file, new)


def test_a_closed_form_of_one_point_says_nothing_of_others():
    """The phase of the plane of a complex mass is that of its own sigma."""
    here, there = (Quartic(POINT, sigma_im=value).exact_values()["apf0"].value for value in (2.0, 3.0))
    assert abs(here - there) > 0.01
