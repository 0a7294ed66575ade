"""Weights that move from small lattices to large ones, in real runs and dry runs."""

import copy
import itertools
import re

import numpy as np
import pytest
import xarray as xr

from small_scan import SMALL

CURRICULUM = copy.deepcopy(SMALL)
CURRICULUM["studies"]["phi4"] |= {
    "lattices": [[4, 3], {"shape": [2, 2], "contours": ["dense"]}],
    "contours": ["linear", "equivariant"],
    "curriculum": [[3, 2], [3, 3]],
    "natural_gradient": {"steps": 2, "chains": 8, "thermalization": 2},
    "network": {"reach": 3, "spatial_reach": 1},
}


def theta(folder, name):
    with xr.open_dataset(folder / name, engine="h5netcdf") as dataset:
        return dataset["theta"].values


def test_only_the_largest_predecessor_is_trained(project):
    """4x3 starts from 3x3, which fits and is larger than 3x2; 3x3 itself starts from 3x2. mu stays apart."""
    planned = project.planned(CURRICULUM)
    # two contours, two mu, lattices 4x3, 3x3, 3x2; dense on 2x2 at two mu
    assert planned["optimize_contour"] == 2 * 2 * 3 + 2
    # samples of the scan only: not of the curriculum
    assert planned["sample_contour"] == 2 * 2 + 2
    assert planned["collect_scan"] == 3


def test_a_further_training_has_predecessors_of_its_own(project):
    """Twice as many jobs of contours, and of the plane, which is not trained, as many as before."""
    config = copy.deepcopy(CURRICULUM)
    config["studies"]["phi4"]["seeds"] = 2
    planned = project.planned(config)
    assert planned["optimize_contour"] == 2 * (2 * 2 * 3 + 2)
    assert planned["sample_contour"] == 2 * (2 * 2 + 2)
    assert planned["sample_plane"] == 2 * 2
    target = "results/small/phi4/L4x3/equivariant,training=2/mu=0.8/network.nc"
    jobs = project.run("--dry-run", target, config=config).stdout
    made = set(re.findall(r"output: (\S+contour.nc)", jobs))
    assert made == {target.replace("4x3", small).replace("network", "contour") for small in ("3x3", "3x2")}


def test_weights_are_taken_over(project):
    """The start of the large lattice is what the small one learned."""
    chain = "results/small/phi4/L{}/equivariant/mu=0.8/{}.nc"
    target = chain.format("4x3", "contour")
    done = project.run(target, config=CURRICULUM)
    assert done.returncode == 0, done.stderr
    start = theta(project.folder, chain.format("4x3", "network"))
    np.testing.assert_array_equal(start, theta(project.folder, chain.format("3x3", "contour")))
    assert np.abs(theta(project.folder, target) - start).max() > 0
    # the cost of training includes that of the smaller lattices
    spent = []
    for lattice, name in itertools.product(("3x2", "3x3", "4x3"), ("network", "contour")):
        with xr.open_dataset(project.folder / chain.format(lattice, name), engine="h5netcdf") as file:
            spent.append(file.attrs["cpu_seconds"])
            assert file.attrs["training_seconds"] == pytest.approx(sum(spent))
    # nothing of the other mu
    assert not list(project.folder.rglob("mu=0"))
    # a lattice of a finished curriculum needs nothing more than its samples
    assert CURRICULUM["studies"]["phi4"]["curriculum"][1] == [3, 3]
    extended = copy.deepcopy(CURRICULUM)
    extended["studies"]["phi4"] |= {"lattices": [[3, 3]], "contours": ["equivariant"], "over": {"mu": [0.8]}}
    planned = project.planned(extended)
    assert "optimize_contour" not in planned
    assert planned["sample_contour"] == 1


def test_settings_of_one_optimizer_touch_its_contours_only(project):
    config = copy.deepcopy(CURRICULUM)
    config["studies"]["phi4"] |= {"curriculum": [], "warm_start": {"enabled": False}}
    targets = [f"results/small/phi4/L2x2/{name}/mu=0.8/contour.nc" for name in ("linear", "dense")]
    done = project.run(*targets, config=config)
    assert done.returncode == 0, done.stderr
    for section, rerun, other in (("natural_gradient", "linear", "dense"), ("optimize", "dense", "linear")):
        edited = copy.deepcopy(config)
        edited["studies"]["phi4"][section]["steps"] += 1
        plan = project.run("--dry-run", *targets, config=edited).stdout
        assert f"L2x2/{rerun}/mu=0.8/contour.nc" in plan
        assert f"L2x2/{other}/mu=0.8/contour.nc" not in plan
