"""-ln APF0 / V on contours that are switched on from the plane, within 4 errors of what is known."""

import math

import numpy as np
import pytest
import xarray as xr

from builders import build_contour, contours_and_models, phi4, random_parameters, small_model
from estimates import pull
from exact_tables import exact_row
from kept import checkpoint_in
from pomflow import registry
from pomflow.analysis import gates, statistics
from pomflow.analysis.estimates import UNKNOWN, Estimate
from pomflow.contours.path import Path
from pomflow.errors import ConfigError
from pomflow.io import netcdf
from pomflow.models.complex_phi4 import gaussian
from pomflow.numerics.differences import slope
from pomflow.numerics.gauss import rule
from pomflow.random.stream import Stream
from pomflow.samplers.hmc import sample
from pomflow.samplers.path_switch import free_energy, integrand, starts_at_plane, switched
from pomflow.stages.scan import switch_contour
from pomflow.stages.scan.collect_scan import switch_columns
from pomflow.stages.scan.point import Point, write, write_trained

HMC = {"chains": 32, "thermalization": 40, "trajectories": 100, "record_every": 1, "start": "hot"}
HMC |= {"leapfrog_steps": 8, "step_size": 0.1, "target_acceptance": 0.8}
PARAMS = {"study": "phi4", "model": "complex_phi4", "lattice": "4x2", "point": "mu=1", "seed": 1}
PARAMS |= {"parameters": {"mass": 1.0, "coupling": 1.0, "mu": 1.0}, "backend": "numpy"}
PARAMS |= {"contour": "linear", "network": {"reach": 2, "spatial_reach": 1}}
PARAMS |= {"hmc": HMC | {"tuned_by": "acceptance", "windings": 0}}


def is_trained_by_the_natural_gradient(contour: str) -> bool:
    return registry.load("contour", contour).optimizer == "natural_gradient"


def points(model, rows: int = 3):
    return Stream(1, "points").normals(0, rows, model.size)


@pytest.mark.parametrize(("contour", "model"), contours_and_models())
def test_without_parameters_a_contour_is_the_plane(contour, model):
    """All that may be switched on are; 'flow' is not, and is made for theories without a plane."""
    theory = small_model(model)
    if is_trained_by_the_natural_gradient(contour):
        built = build_contour(contour, theory)
        path = Path(theory, built, random_parameters(built))
        assert starts_at_plane(path, points(theory)) == theory.plane
        assert abs(path.at(points(theory)).z - points(theory)).max() > 0.01


@pytest.mark.parametrize("contour", ["linear", "equivariant", "layered", "local", "shift"])
def test_integrand_is_the_slope_of_the_weight(contour):
    """Against central differences in s, at fixed t."""
    theory = phi4(4, 2)
    built = build_contour(contour, theory)
    path, t = Path(theory, built, 0.3 * random_parameters(built)), points(theory, 70)

    def log_weight(s):
        return switched(path, float(s[0])).log_weight(t).real

    found = integrand(path, 0.4, t.reshape(7, 10, -1))
    np.testing.assert_allclose(found.ravel(), slope(log_weight, np.array([0.4]), np.ones(1)), atol=1e-6)


def on_path(theory, contour: str, theta, nodes: int = 5) -> Estimate:
    """-ln APF0 / V by chains at every node and on the contour itself."""
    path, stream = Path(theory, build_contour(contour, theory), theta), Stream(3, "switch")
    found = []
    for s in (*rule(nodes)[0], 1.0):
        numbers = range(HMC["thermalization"] + HMC["trajectories"])
        record = sample(switched(path, s), HMC, stream.child(f"{s:.3f}"), numbers, "test")
        found.append(statistics.mean(integrand(path, s, record.t)))
    phase = np.exp(1j * record.log_weight.imag)
    apf = statistics.mean(phase.real), statistics.mean(phase.imag)
    return free_energy(apf, found[:-1], theory.lattice.volume)


def test_gaussian_theory():
    """In closed form, half way to the contour without a phase."""
    theory = phi4(4, 3, mu=0.8, coupling=0.0)
    contour = build_contour("linear", theory)
    exact = -math.log(gaussian.average_phase_factor(theory.lattice, 1.0, 0.8)) / 12
    found = on_path(theory, "linear", 0.5 * contour.initial_parameters(Stream(1, "start")))
    assert abs(pull((found.value, found.error), exact)) < 4
    assert found.error < 0.03 * exact


@pytest.mark.parametrize("mu", [0.8, 2.0])
def test_table_of_the_square_lattice(mu):
    row = exact_row("phi4_exact", (4, 4), mu)
    exact, error = -math.log(row["apf0"]) / 16, row["apf0_err"] / row["apf0"] / 16
    theory = phi4(4, 4, mu=mu)
    theta = build_contour("linear", theory).initial_parameters(Stream(1, "start"))
    found = on_path(theory, "linear", theta)
    assert abs(pull((found.value, found.error), exact, error)) < 4
    assert found.error < 0.03 * exact


def test_the_integral_and_its_error():
    """A polynomial is integrated exactly; the phase has its modulus, and every error its weight."""
    s, weights = rule(4)
    integrands = [Estimate(-3 * one**2, 0.01) for one in s]
    apf = Estimate(0.3, 0.03), Estimate(-0.4, 0.04)
    found = free_energy(apf, integrands, 10)
    assert found.value == pytest.approx((1 - math.log(0.5)) / 10)
    along = math.hypot(0.3 * 0.03, 0.4 * 0.04) / 0.25
    assert found.error == pytest.approx(math.hypot(along, 0.01 * np.linalg.norm(weights)) / 10)


@pytest.mark.parametrize("width", [0.03, 0.1, 0.3, 1.0])
def test_error_of_the_rule_covers_what_it_misses(width):
    """Of exp(-s / w), which is steep at the plane where w is small; with more nodes it falls."""
    exact = width * (1 - math.exp(-1 / width))

    def error(nodes):
        known = Estimate(1.0, 0.0), Estimate(0.0, 0.0)
        found = free_energy(known, [Estimate(math.exp(-s / width), 0.0) for s in rule(nodes)[0]], 1)
        assert abs(found.value + exact) <= found.error + 1e-14
        return found.error

    assert error(12) < 0.1 * error(5)


def test_without_a_sign_problem_there_is_no_error():
    """At mu = 0 the contour is the plane, and the phase is 1."""
    found = free_energy((Estimate(1.0, 0.0), Estimate(0.0, 0.0)), [Estimate(0.0, 0.0)] * 3, 8)
    assert (found.value, found.error) == (0, 0)


@pytest.fixture
def files(tmp_path) -> dict:
    """A contour, and what was measured on it."""
    point = Point.of(PARAMS)
    contour = point.contour("linear", PARAMS["network"])
    theta = contour.initial_parameters(Stream(1, "start"))
    started = netcdf.Clock.start()
    files = {name: tmp_path / f"{name}.nc" for name in ("contour", "observables", "free_energy")}
    write_trained(xr.Dataset({"theta": ("parameter", theta)}), files["contour"], "contour", point, started)
    numbers = {"apf_re": 0.98, "apf_re_err": 0.001, "apf_im": 0.0, "apf_im_err": 0.001}
    write(xr.Dataset(numbers), files["observables"], "observables", point, started)
    return files


def made(files: dict, **settings) -> xr.Dataset:
    params = PARAMS | {"free_energy": {"nodes": 3, "trajectories": 40}}
    params["hmc"] = params["hmc"] | settings
    folder = files["contour"].parent / "-".join(settings)
    folder.mkdir(exist_ok=True)
    kept = checkpoint_in(folder)
    switch_contour.run(files, {"free_energy": files["free_energy"]}, params, kept)
    return xr.load_dataset(files["free_energy"], engine="h5netcdf")


def test_the_file_of_a_point(files):
    found = made(files)
    np.testing.assert_array_equal(found["s"], rule(3)[0])
    assert list(found["node_status"].values) == [gates.OK] * 3
    assert found["status"].item() == gates.OK
    assert found["free_energy"].attrs["units"] == "per site"
    integrands = map(Estimate, found["integrand"].values, found["integrand_err"].values)
    expected = free_energy((Estimate(0.98, 0.001), Estimate(0.0, 0.001)), list(integrands), 8)
    assert found["free_energy"].item() == expected.value
    row = switch_columns(files["free_energy"], PARAMS, {"free_energy": UNKNOWN}, gates.OK)
    assert row["free_energy"] == expected.value
    assert row["status_free_energy"] == gates.OK
    assert math.isnan(row["free_energy_pull"])


def test_behind_a_failed_gate_nothing_is_known(files):
    """Of a node with too few chains, or of the contour itself, on whose phase the number rests."""
    made(files)
    row = switch_columns(files["free_energy"], PARAMS, None, "apf")
    assert math.isnan(row["free_energy"])
    assert row["status_free_energy"] == "apf"
    assert "free_energy_pull" not in row
    found = made(files, chains=2)
    assert found["status"].item() == "ess"
    assert math.isnan(found["free_energy"])
    assert np.isfinite(found["integrand"]).all()
    assert switch_columns(files["free_energy"], PARAMS, None, gates.OK)["status_free_energy"] == "ess"


def test_chains_that_stand_still_have_diverged(files):
    made(files, thermalization=0, step_size=0.9)
    row = switch_columns(files["free_energy"], PARAMS, None, gates.OK)
    assert (math.isnan(row["free_energy"]), row["status_free_energy"]) == (True, gates.DIVERGED)


def test_a_contour_that_does_not_begin_at_the_plane_is_refused(files, monkeypatch):
    linear = registry.load("contour", "linear")
    shifted = linear.prepare
    monkeypatch.setattr(linear, "prepare", lambda self, theta: shifted(self, theta + 0.1))
    with pytest.raises(ConfigError, match="'linear' without its parameters is not the undeformed plane"):
        made(files)
