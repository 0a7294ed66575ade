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


def leading(ising: dict) -> list[str]:
    """The lattices of the tables and figures: those with the first of the classifiers of all lattices."""
    return [name for name, study in studies(ising).items() if ising["classifiers"][0] in study["classifiers"]]


def squares(ising: dict) -> list[str]:
    """Those of them whose peaks approach the critical temperature of the square lattice."""
    known = studies(ising)
    return [name for name in leading(ising) if known[name]["decay"] is None and _is_square(name)]


def _is_square(name: str) -> bool:
    shape = Lattice.parse(name).shape
    return len(shape) == 2 and shape[0] == shape[1]


def betas(grid: dict) -> list[float]:
    """The equidistant inverse temperatures of {start, stop, num}, both ends included."""
    width = grid["stop"] - grid["start"]
    # 0.42000000000000004 is meant as 0.42
    return [round(grid["start"] + width * k / (grid["num"] - 1), DECIMALS) for k in range(grid["num"])]
