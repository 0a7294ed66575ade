"""What a schema cannot say of the study of spins: models, lattices, classifiers, how many configurations."""

import math
from dataclasses import MISSING, fields

from pomflow import registry
from pomflow.config import sizes
from pomflow.config.messages import did_you_mean, require_once
from pomflow.errors import ConfigError, shown
from pomflow.lattice import Lattice
from pomflow.models.base import Parameter, checked
from pomflow.models.spins.base import SpinModel
from pomflow.studies.ising.designs import DESIGNS
from pomflow.studies.ising.settings import build, name_of, named, prefix, systems


def check(ising: dict) -> None:
    """Refuse what cannot be made.

    Raises
    ------
    ConfigError
        For the first problem found.
    """
    require_once("ising.classifiers", ising["classifiers"])
    models = [_checked_model(f"ising.lattices[{n}]", entry) for n, entry in enumerate(ising["lattices"])]
    names = [name_of(prefix(model.system), str(model.lattice)) for model in models]
    require_once("ising.lattices", names)
    for place, (entry, model) in enumerate(zip(ising["lattices"], models, strict=True)):
        _check_lattice(f"ising.lattices[{place}]", entry, model, ising)
    for name, system in systems(ising).items():
        if not system.leading:
            of = f" of {name.removesuffix('_')}" if name else ""
            what = f"no lattice{of} has '{ising['classifiers'][0]}', which gives the tables"
            raise ConfigError("ising.classifiers", what, "Name it for a lattice, or put another one first.")
    _check_counts(ising)


def _checked_model(field: str, entry: dict) -> SpinModel:
    """The model of a lattice, whose parameters are those that it has, within their ranges."""
    given = named(entry)
    try:
        kind = registry.load("spin model", given["name"])
    except ConfigError as error:
        raise ConfigError(f"{field}.model.name", error.what, error.remedy) from None
    for name in given.keys() - {"name"} - kind.parameters.keys():
        where = f"{field}.{name}" if name in entry else f"{field}.model.{name}"
        remedy = did_you_mean(name, list(kind.parameters), "It has")
        raise ConfigError(where, f"the model '{given['name']}' has no such parameter", remedy)
    optional = {one.name for one in fields(kind) if one.default is not MISSING}
    for name, parameter in kind.parameters.items():
        if name in given or name not in optional:
            _check_parameter(f"{field}.model.{name}", name, parameter, given)
    model = build(given, Lattice(tuple(entry["shape"])))
    try:
        model.check()
    except ConfigError as error:
        raise ConfigError(f"{field}.{error.where}", error.what, error.remedy) from None
    sizes.check_shape(f"{field}.shape", entry["shape"])
    return model


def _check_parameter(field: str, name: str, parameter: Parameter, given: dict) -> None:
    """A number within its range; a whole one is written as such, because it names files."""
    try:
        value = checked(name, parameter, given)
    except ConfigError as error:
        raise ConfigError(field, error.what, error.remedy) from None
    if parameter.integer and not isinstance(given[name], int):
        raise ConfigError(field, f"{shown(given[name])} is not a whole number", f"Write {value}.")


def _check_lattice(field: str, entry: dict, model: SpinModel, ising: dict) -> None:
    """Temperatures, classifiers and the algorithm of one lattice."""
    require_once(f"{field}.classifiers", entry.get("classifiers", []))
    if entry["beta"]["stop"] <= entry["beta"]["start"]:
        raise ConfigError(f"{field}.beta.stop", "the range is empty", "It must be greater than start.")
    own = "classifiers" in entry
    for name in entry["classifiers"] if own else ising["classifiers"]:
        if DESIGNS[name].features == "spins" and not hasattr(type(model), "couplings"):
            where = f"{field}.classifiers" if own else "ising.classifiers"
            what = f"'{name}' reads couplings of spins +1 and -1, which the {model.title} does not have"
            raise ConfigError(where, what, "Leave it out for this lattice.")
    algorithm = ising["sample"]["algorithm"]
    if algorithm not in model.algorithms:
        what = f"'{algorithm}' is not made for the {model.title}"
        raise ConfigError("ising.sample.algorithm", what, f"It has: {', '.join(model.algorithms)}.")
    model.check_algorithm(algorithm)


def _check_counts(ising: dict) -> None:
    """As many configurations of every chain, and not more than there can be."""
    chains = ising["sample"]["chains"]
    if chains % 2:
        raise ConfigError("ising.sample.chains", f"{chains} is odd", "Half of the chains start hot.")
    counts = {f"sample.{name}": ising["sample"][name] for name in ("training", "test")}
    for place, entry in enumerate(ising["lattices"]):
        if "training" in entry:
            counts[f"lattices[{place}].training"] = entry["training"]
    volume = max(math.prod(entry["shape"]) for entry in ising["lattices"])
    for name, count in counts.items():
        sizes.require_countable(f"ising.{name}", count, volume)
        fewest = sizes.FEWEST_RECORDS
        if count % chains or count < fewest * chains:
            raise ConfigError(
                f"ising.{name}",
                f"{count} is not a multiple of {chains} chains, at least {fewest} times as many",
                f"Choose for instance {max(fewest, round(count / chains)) * chains}.",
            )
