"""The table of the dual simulations: the average phase factor of the plane from densities."""

import numpy as np
import pandas as pd
import pytest

from estimates import pull
from kept import checkpoint_in
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4 import exact, gaussian
from pomflow.models.complex_phi4.action import ComplexPhi4
from pomflow.models.complex_phi4.simulation import DUAL
from pomflow.stages.scan import collect_exact, collect_scan, sample_worm
from pomflow.stages.scan.collect_exact import DIRECT, average_phase_factor, free_energies

SQUARE = Lattice((4, 4))
MU = np.array([0, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.77, 0.8])
ON_GRID = ~np.isin(MU, [0.25, 0.77])


def quenched_density(mu: float) -> float:
    """At lambda = 0: (1/V) d/dmu of -sum ln M_R, and the average phase factor is Z / Z_pq."""
    real, _ = gaussian.matrix(SQUARE, 1.0, mu)
    frequency = 2 * np.pi * np.fft.fftfreq(4)[:, None]
    return (2 * np.sinh(mu) * np.cos(frequency) / real).sum() / SQUARE.volume


def gaussian_nodes(error: float, phase_error: float = np.inf) -> pd.DataFrame:
    """Exact values of the Gaussian theory at every node, with errors as if they had been measured."""
    theories = {"": lambda mu: gaussian.density(SQUARE, 1.0, mu), "_pq": quenched_density}
    step, nodes = 1e-5, {"mu": MU}
    for suffix, density in theories.items():
        slope = [(density(mu + step) - density(mu - step)) / (2 * step) for mu in MU]
        nodes |= {f"density{suffix}": list(map(density, MU)), f"susceptibility{suffix}": slope}
        nodes |= {f"density{suffix}_err": error, f"susceptibility{suffix}_err": 4 * error}
        nodes[f"covariance{suffix}"] = 2 * error**2
    phase = {"phase_pq": [gaussian.average_phase_factor(SQUARE, 1.0, mu) for mu in MU]}
    return pd.DataFrame(nodes | phase).assign(phase_pq_err=phase_error, status="ok", on_grid=ON_GRID)


def test_nothing_is_known_behind_a_simulation_that_failed():
    """Up to the interval before it, whose error needs it, all is as without the failure, whatever it says."""
    nodes = gaussian_nodes(1e-3)
    clean = np.array(average_phase_factor(nodes, DUAL, SQUARE.volume))
    for place, mu, first in ((6, 0.5, 5), (9, 0.77, 9)):
        failed = nodes.copy()
        failed.loc[place, ["density", "susceptibility_pq", "covariance", "density_pq_err"]] = np.nan
        failed.loc[place, "status"] = "finite"
        results = np.array(average_phase_factor(failed, DUAL, SQUARE.volume))
        assert MU[place] == mu
        unknown = (first <= np.arange(len(MU))) if ON_GRID[place] else np.arange(len(MU)) == place
        assert np.isnan(results[:, unknown]).all()
        np.testing.assert_array_equal(results[:, ~unknown], clean[:, ~unknown])


def test_gaussian_theory():
    """Without statistical errors the error of the integration is left, and covers the difference."""
    apf0, error = average_phase_factor(gaussian_nodes(0.0), DUAL, SQUARE.volume)
    truth = np.array([gaussian.average_phase_factor(SQUARE, 1.0, mu) for mu in MU])
    assert truth[-1] < 0.6
    assert (apf0[0], error[0]) == (1, 0)
    assert (np.abs(apf0 - truth) <= 1.5 * error + 1e-9).all()
    assert error[-1] < 1e-3 * truth[-1]


def test_the_better_of_integral_and_measured_phase():
    """Where the error of the phase is smaller, it is taken with its error; elsewhere nothing changes."""
    integral, error = average_phase_factor(gaussian_nodes(1e-3), DUAL, SQUARE.volume)
    limit = np.median(error)
    nodes = gaussian_nodes(1e-3, phase_error=limit)
    value, stated = average_phase_factor(nodes, DUAL, SQUARE.volume)
    better = error > limit
    assert 0 < better.sum() < len(MU)
    np.testing.assert_array_equal(value, np.where(better, nodes["phase_pq"], integral))
    np.testing.assert_array_equal(stated, np.minimum(error, limit))


def test_statistical_errors():
    """The spread of 500 tables with noise of the stated covariance is the stated error, to 12 %."""
    clean = gaussian_nodes(1e-3)
    _, stated = average_phase_factor(clean, DUAL, SQUARE.volume)
    _, truncation = average_phase_factor(gaussian_nodes(0.0), DUAL, SQUARE.volume)
    rng = np.random.default_rng(3)
    covariance = np.array([[1, 2], [2, 16]]) * 1e-6
    results = []
    for _ in range(500):
        noisy = clean.copy()
        for suffix in ("", "_pq"):
            noise = rng.multivariate_normal([0, 0], covariance, len(MU)).T
            noisy[f"density{suffix}"] += noise[0]
            noisy[f"susceptibility{suffix}"] += noise[1]
        results.append(average_phase_factor(noisy, DUAL, SQUARE.volume)[0])
    spread = np.std(np.log(results), axis=0)
    statistical = (stated - truncation) / average_phase_factor(clean, DUAL, SQUARE.volume)[0]
    np.testing.assert_allclose(spread[1:], statistical[1:], rtol=0.12)


def test_without_an_integral_the_phase_is_the_measured_one():
    """Nothing is integrated over densities, whatever they are, and a failed simulation knows no phase."""
    nodes = gaussian_nodes(np.nan, phase_error=1e-6).assign(on_grid=False)
    nodes.loc[3, "status"] = "ess"
    value, error = average_phase_factor(nodes, DUAL, SQUARE.volume)
    good = np.arange(len(MU)) != 3
    np.testing.assert_array_equal(value, np.where(good, nodes["phase_pq"], np.nan))
    np.testing.assert_array_equal(error, np.where(good, 1e-6, np.nan))
    truth = -np.log(nodes["phase_pq"][good]) / SQUARE.volume
    found = free_energies(with_direct(nodes), DUAL, SQUARE.volume)
    np.testing.assert_allclose(found["free_energy"][good], truth, atol=1e-15)
    assert np.isnan(found["free_energy"][3])


def with_direct(nodes: pd.DataFrame, **values) -> pd.DataFrame:
    """Nodes beside which -ln APF0 / V was measured without the integral, or was not."""
    return nodes.assign(
        **dict.fromkeys(DIRECT, np.nan) | {f"free_energy{end}": v for end, v in values.items()}
    )


def test_free_energy_of_the_gaussian_theory_whatever_the_volume():
    """It is that of APF0 = 0.56 at 16 sites, and stays with its error where APF0 underflows."""
    nodes = with_direct(gaussian_nodes(1e-3))
    apf0, error = average_phase_factor(nodes, DUAL, SQUARE.volume)
    found = free_energies(nodes, DUAL, SQUARE.volume)
    np.testing.assert_allclose(found["free_energy"], -np.log(apf0) / SQUARE.volume, atol=1e-15)
    np.testing.assert_allclose(found["free_energy_err"], error / (apf0 * SQUARE.volume))
    assert average_phase_factor(nodes, DUAL, 10**5)[0][-1] == 0
    pd.testing.assert_frame_equal(free_energies(nodes, DUAL, 10**5), found)


def test_free_energy_is_the_most_accurate_of_three():
    """The integral, the phase where it is no noise, and what a healthy run of the point itself found."""
    integral = free_energies(with_direct(gaussian_nodes(1e-3)), DUAL, SQUARE.volume)
    phase = free_energies(with_direct(gaussian_nodes(1e-3, phase_error=1e-6)), DUAL, SQUARE.volume)
    truth = [-np.log(gaussian.average_phase_factor(SQUARE, 1.0, mu)) / SQUARE.volume for mu in MU]
    np.testing.assert_allclose(phase["free_energy"][1:], truth[1:])
    noise = gaussian_nodes(1e-3, phase_error=1e-6).assign(phase_pq=1e-6)
    pd.testing.assert_frame_equal(free_energies(with_direct(noise), DUAL, SQUARE.volume), integral)
    health = np.where(MU == 0.6, 5.1, 1.0)
    direct = with_direct(gaussian_nodes(1e-3), _err=1e-7, _thermalization=health, _ess=500.0)
    found = free_energies(direct.assign(free_energy=0.5), DUAL, SQUARE.volume)
    taken = (MU > 0) & (MU != 0.6)
    assert (found["free_energy"][taken] == 0.5).all()
    pd.testing.assert_frame_equal(found[~taken], integral[~taken])


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """The stages on 4 x 4 up to mu = 1.2, in steps of 0.2, and one point between them."""
    folder = tmp_path_factory.mktemp("exact")
    common = {"study": "phi4", "model": "complex_phi4", "lattice": "4x4", "seed": 1}
    nodes = {f"mu={mu}": mu != "0.5" for mu in ("0", "0.2", "0.4", "0.5", "0.6", "0.8", "1", "1.2")}
    for node in nodes:
        worm = {"chains": 16, "sweeps": 1000, "thermalization": 400}
        worm |= {"phase_updates": 60000} if node in ("mu=0", "mu=1.2") else {}
        settings = common | {"worm": worm}
        at = {"point": node, "parameters": parameters(float(node.partition("=")[2]))}
        outputs = {"observables": folder / f"{node}.nc"}
        sample_worm.run({}, outputs, settings | at, checkpoint_in(folder, key=node))
    outputs = {"scan": folder / "scan.nc", "table": folder / "scan.csv"}
    files = [folder / f"{node}.nc" for node in nodes]
    collect_exact.run({"worm": files}, outputs, common | {"nodes": nodes, "parameters": {}})
    return outputs


def parameters(mu: float) -> dict:
    return {"mass": 1.0, "coupling": 1.0, "mu": mu}


def test_table_against_exact_values(simulated):
    """Every quantity at every mu within 4 combined errors, APF0 to 4 % and better; all gates are passed."""
    table = pd.read_csv(simulated["table"])
    assert (table["status"] == "ok").all()
    for row in table.to_dict("records"):
        known = ComplexPhi4(SQUARE, **parameters(row["mu"])).exact_values()
        for name, value in known.items():
            if row[f"{name}_err"] > 0:
                assert abs(pull((row[name], row[f"{name}_err"]), value.value, value.error)) < 4
    assert (table["apf0_err"] < 0.04 * table["apf0"]).all()
    assert (table["apf0_err"][1:] > 0).all()


def test_free_energy_in_the_table(simulated):
    """Behind older columns; at every mu that of APF0 within 4 errors, and exactly 0 at mu = 0."""
    table = pd.read_csv(simulated["table"])
    last = [f"{name}{end}" for name in ("free_energy", "onset", *DUAL.also) for end in ("", "_err")]
    assert list(table)[-1 - len(last) :] == ["status", *last]
    for row in table.to_dict("records"):
        known = ComplexPhi4(SQUARE, **parameters(row["mu"])).exact_values()["apf0"]
        exact, error = -np.log(known.value) / 16, known.error / known.value / 16
        here = (row["free_energy"], row["free_energy_err"])
        assert here == (0, 0) if row["mu"] == 0 else abs(pull(here, exact, error)) < 4
    # measured at this point alone, and more accurate than the integral over mu
    last = table.iloc[-1]
    assert last["free_energy_err"] < last["apf0_err"] / last["apf0"] / SQUARE.volume


def test_onset_in_the_table(simulated):
    """The same at every mu, within 4 errors of the mean of them all."""
    table = pd.read_csv(simulated["table"])
    value, error = table["onset"], table["onset_err"]
    mean = np.average(value, weights=error**-2)
    assert (np.abs(value - mean) < 4 * error).all()
    assert 0.5 < mean < 1.2
    dataset = collect_exact.netcdf.read(simulated["scan"], "exact", ["onset", "onset_err"])
    assert dataset["onset"].attrs["long_name"].startswith("chemical potential at which")


def values_at(path, mu: float) -> dict:
    """What the table of a contour takes from the simulations for a point."""
    params = {
        "model": "complex_phi4",
        "axes": ["mu"],
        "points": {"here": parameters(mu)},
        "nodes": {"here": f"mu={abs(mu):g}"},
    }
    return collect_scan._simulated(path, params, ComplexPhi4.observables())["here"]


def test_values_for_the_tables_of_contours(simulated, tmp_path):
    """As the other exact values: the density is odd in mu; nothing is known of a simulation that failed."""
    scan = collect_exact.netcdf.read(simulated["scan"], "exact", exact.QUANTITIES)
    table = pd.read_csv(simulated["table"]).set_index("mu").loc[0.6]
    plus, minus = (values_at(simulated["scan"], mu) for mu in (0.6, -0.6))
    for name in (*exact.QUANTITIES, "free_energy"):
        assert plus[name].value == pytest.approx(table[name])
        assert plus[name].error == minus[name].error == pytest.approx(table[f"{name}_err"])
    assert minus["density"].value == -plus["density"].value
    assert (minus["apf0"], minus["free_energy"]) == (plus["apf0"], plus["free_energy"])
    assert scan["density"].attrs["units"] == "particles per site"
    failed = scan.assign(status=("mu", np.where(scan["mu"] == 0.6, "thermalization", "ok").astype(object)))
    path = tmp_path / "failed.nc"
    made = collect_exact.netcdf.describe_run({}, "CPU", collect_exact.netcdf.Clock.start())
    collect_exact.netcdf.write(failed.drop_attrs(deep=False), path, "exact", made)
    assert values_at(path, 0.6) == {}
    assert values_at(path, 0.8) == values_at(simulated["scan"], 0.8)
