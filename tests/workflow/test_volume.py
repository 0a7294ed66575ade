"""The figure of the phase against the volume in a real run."""

import copy

from pictures import settings_of
from small_scan import SMALL

LATTICES = copy.deepcopy(SMALL)
LATTICES["studies"]["phi4"] |= {
    "lattices": [[2, 2], {"shape": [2, 3], "contours": ["plane", "linear"]}],
    "contours": ["plane", "linear", "dense"],
    "parameters": {"mass": 1.0, "coupling": 0.0},
    "over": {"mu": [0.5]},
    "natural_gradient": {"steps": 2, "chains": 8, "thermalization": 2},
    "network": {"reach": 3, "spatial_reach": 1},
}


def test_the_contours_that_are_on_several_lattices(project):
    """The linear one; the dense one is on one lattice only, and the plane is not deformed."""
    target = "results/small/figures/phi4_volume.png"
    planned = project.planned(LATTICES)
    assert planned["plot_volume"] == 1
    done = project.run(target, config=LATTICES)
    assert done.returncode == 0, done.stderr
    assert settings_of(project.folder / target)["study"] == "phi4"
    assert len(list(project.folder.rglob("scan.csv"))) == 2
    one = copy.deepcopy(LATTICES)
    one["studies"]["phi4"]["lattices"] = [[2, 2]]
    assert "plot_volume" not in project.planned(one)
