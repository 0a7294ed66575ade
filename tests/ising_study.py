"""A small Ising study for tests: two squares, a ring, a Potts model, a cube, few configurations."""

import copy

from small_scan import SMALL

STUDY = copy.deepcopy(SMALL)
STUDY["ising"] = {
    "enabled": True,
    "lattices": [
        {
            "shape": [4, 4],
            "beta": {"start": 0.2, "stop": 0.6, "num": 9},
            "classifiers": ["tied", "free", "unbalanced", "magnetization", "shuffled", "connected"],
        },
        {"shape": [6, 6], "beta": {"start": 0.3, "stop": 0.54, "num": 9}},
        {
            "shape": [5],
            "decay": 2.0,
            "beta": {"start": 0.1, "stop": 0.5, "num": 6},
            "classifiers": ["connected"],
        },
        {
            "model": {"name": "potts", "states": 3},
            "shape": [4, 4],
            "beta": {"start": 0.7, "stop": 1.2, "num": 6},
            "record_every": 3,
        },
        {"shape": [4, 4, 4], "beta": {"start": 0.15, "stop": 0.25, "num": 6}},
    ],
    "sample": {"chains": 20, "training": 200, "test": 100, "thermalization": 20, "record_every": 2},
    "train": {"steps": 150, "batch": 20, "networks": 2, "filters": 6, "hidden": 8},
    "replicas": 20,
}
