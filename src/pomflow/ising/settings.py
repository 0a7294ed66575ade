"""What the rules of an Ising study need to know of its configuration."""

from pomflow.lattice import Lattice

DECIMALS = 12


def studies(ising: dict) -> dict[str, dict]:
    """The lattices of a study by name, with ``decay``, ``beta``, ``classifiers``, ``training``."""
    return {
        str(Lattice(tuple(entry["shape"]))): {
            "decay": entry.get("decay"),
            "beta": betas(entry["beta"]),
            "classifiers": entry.get("classifiers", ising["classifiers"]),
            "training": entry.get("training", ising["sample"]["training"]),
        }
        for entry in ising["lattices"]
    }


def betas(grid: dict) -> list[float]:
    """The equidistant inverse temperatures of {start, stop, num}, both ends included."""
    width = grid["stop"] - grid["start"]
    # 0.42000000000000004 is meant as 0.42
    return [round(grid["start"] + width * k / (grid["num"] - 1), DECIMALS) for k in range(grid["num"])]
