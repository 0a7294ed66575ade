"""What the rules of a study of spins need to know of its configuration."""

from dataclasses import asdict, dataclass

from pomflow import registry
from pomflow.lattice import Lattice
from pomflow.models.spins.base import SpinModel, Transition

DECIMALS = 12
# the system whose files have no name of a system before theirs
FIRST = "ising"
# of a lattice, in place of those of all
SAMPLING = ("training", "thermalization", "record_every")


def studies(ising: dict) -> dict[tuple[str, str], dict]:
    """The lattices by system and name, each with ``model``, ``beta``, ``classifiers`` and ``sample``.

    A system is named by what stands before the names of its files: nothing, or ``potts3_``.
    """
    known = {}
    for entry in ising["lattices"]:
        model = named(entry)
        built = build(model, Lattice(tuple(entry["shape"])))
        own = {key: entry[key] for key in SAMPLING if key in entry}
        known[prefix(built.system), str(built.lattice)] = {
            "model": model,
            "beta": betas(entry["beta"]),
            "classifiers": entry.get("classifiers", ising["classifiers"]),
            "sample": ising["sample"] | own,
        }
    return known


def named(entry: dict) -> dict:
    """The model of a lattice, ``{'name': ..., parameters}``: without one the Ising model."""
    decay = {"decay": entry["decay"]} if "decay" in entry else {}
    return entry.get("model", {"name": "ising"}) | decay


def build(model: dict, lattice: Lattice) -> SpinModel:
    """The model as an object."""
    parameters = {key: value for key, value in model.items() if key != "name"}
    return registry.load("spin model", model["name"])(lattice, **parameters)


def prefix(system: str) -> str:
    """What stands before the names of a system's files."""
    return "" if system == FIRST else f"{system}_"


def system_of(before: str) -> str:
    """The system whose files have this before their names.

    Examples
    --------
    >>> system_of(prefix("potts3")), system_of(prefix("ising"))
    ('potts3', 'ising')
    """
    return before.removesuffix("_") or FIRST


def name_of(system: str, lattice: str) -> str:
    """A lattice in one word: ``8x8``, or ``potts3_L8x8``."""
    return f"{system}L{lattice}" if system else lattice


@dataclass(frozen=True)
class System:
    """Lattices that stand in one table.

    Attributes
    ----------
    title : str
        The model in words.
    words : tuple of (str, dict)
        The same for figures in other languages: names in braces, and the numbers for them.
    lattices : list of str
    leading : list of str
        Those of the tables and figures: with the first of the classifiers of all lattices.
    growing : list of str
        Those of the leading ones whose peaks approach the transition.
    transition : Transition or None
        Of the infinite lattice.
    """

    title: str
    words: tuple[str, dict]
    lattices: list[str]
    leading: list[str]
    growing: list[str]
    transition: Transition | None

    @property
    def known(self) -> dict:
        """The transition as a dictionary; where none is known peaks are taken to move like 1 / L."""
        if self.transition is None:
            return {"temperature": None, "shift": 1.0, "source": ""}
        return asdict(self.transition)


def systems(ising: dict) -> dict[str, System]:
    """The systems of a study by what stands before the names of their files."""
    known = studies(ising)
    return {
        system: _system({lattice: study for (one, lattice), study in known.items() if one == system}, ising)
        for system in dict.fromkeys(system for system, _ in known)
    }


def _system(known: dict[str, dict], ising: dict) -> System:
    """Of the lattices of one system."""
    built = {lattice: build(study["model"], Lattice.parse(lattice)) for lattice, study in known.items()}
    leading = [name for name, study in known.items() if ising["classifiers"][0] in study["classifiers"]]
    growing = [name for name in leading if built[name].approaches]
    first = next(iter(built.values()))
    return System(first.title, first.words, list(known), leading, growing, first.transition)


def betas(grid: dict) -> list[float]:
    """The equidistant inverse temperatures of {start, stop, num}, both ends included."""
    width = grid["stop"] - grid["start"]
    # 0.42000000000000004 is meant as 0.42
    return [round(grid["start"] + width * k / (grid["num"] - 1), DECIMALS) for k in range(grid["num"])]
