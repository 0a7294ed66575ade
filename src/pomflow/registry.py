"""Every plug-in by name: a new model, contour, observable, figure or lesson is a new file and a line here.

The values are import paths, so that naming a plug-in imports that plug-in only. This file is left out
of the hashes that decide what a change reruns: a line for a new contour touches no finished result. Plug-ins
from files outside the package are added by ``plug_in``; their values are paths of files.
"""

import re
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from pomflow import plugins
from pomflow.errors import ConfigError
from pomflow.stages.scan import names

MODELS = {
    "complex_phi4": "pomflow.models.complex_phi4.action:ComplexPhi4",
    "thirring": "pomflow.models.thirring.action:Thirring",
    "u1_gauge": "pomflow.models.u1_gauge.action:U1Gauge",
    "xy": "pomflow.models.xy.action:XY",
    "qcd_0p1": "pomflow.models.qcd_0p1.action:QCD",
    "hubbard": "pomflow.models.hubbard.action:Hubbard",
    "oscillator": "pomflow.models.oscillator.action:Oscillator",
    "power_integral": "pomflow.models.integrals.power:Power",
    "quartic_integral": "pomflow.models.integrals.quartic:Quartic",
}

# of spins with a few values, for the study of what a network learns from configurations
SPIN_MODELS = {
    "ising": "pomflow.models.ising.model:Ising",
    "potts": "pomflow.models.potts.model:Potts",
}

CONTOURS = {
    "plane": "pomflow.contours.plane:Plane",
    "shift": "pomflow.contours.shift:Shift",
    "dense": "pomflow.contours.dense:Dense",
    "local": "pomflow.contours.local:Local",
    "gauge": "pomflow.contours.gauge:Gauge",
    "linear": "pomflow.contours.linear:Linear",
    "equivariant": "pomflow.contours.equivariant.contour:Equivariant",
    "layered": "pomflow.contours.layered.contour:Layered",
    "flow": "pomflow.contours.flow:Flow",
}

# beside those that a model states itself
OBSERVABLES: dict[str, str] = {}

# drawn from the table of a scan alone, for every lattice and contour
SCAN_FIGURES = {
    "apf": "pomflow.plotting.scan.apf:draw",
    "apf_im": "pomflow.plotting.scan.apf_im:draw",
}

FIGURES = SCAN_FIGURES | {
    # of every observable of a model and of every number made from means, under its name
    "observable": "pomflow.plotting.scan.observable:draw",
    # of every quantity with dimensions
    "series": "pomflow.plotting.scan.series:draw",
    "training": "pomflow.plotting.scan.training:draw",
    "history": "pomflow.plotting.scan.history:draw",
    "phase": "pomflow.plotting.scan.phase:draw",
    "correlation": "pomflow.plotting.scan.correlation:draw",
    "volume": "pomflow.plotting.scan.volume:draw",
    "free_energy": "pomflow.plotting.scan.free_energy:draw",
    "finite_size": "pomflow.plotting.scan.finite_size:draw",
    # of every observable of a model and of the pressure
    "curve": "pomflow.plotting.scan.curve:draw",
    "compare": "pomflow.plotting.scan.compare:draw",
    "ising_specific_heat": "pomflow.plotting.ising.specific_heat:draw",
    "ising_free_energy": "pomflow.plotting.ising.free_energy:draw",
    "ising_energy": "pomflow.plotting.ising.energy:draw",
    "ising_critical_temperature": "pomflow.plotting.ising.critical_temperature:draw",
    "ising_exponents": "pomflow.plotting.ising.exponents:draw",
    "ising_heads": "pomflow.plotting.ising.heads:draw",
    "ising_minibatches": "pomflow.plotting.ising.minibatches:draw",
    "ising_controls": "pomflow.plotting.ising.controls:draw",
    "ising_couplings": "pomflow.plotting.ising.couplings:draw",
    "lesson_perceptron": "pomflow.plotting.lessons.perceptron:draw",
    "lesson_activations": "pomflow.plotting.lessons.activations:draw",
    "lesson_descent": "pomflow.plotting.lessons.descent:draw",
    "lesson_backpropagation": "pomflow.plotting.lessons.backpropagation:draw",
    "lesson_approximation": "pomflow.plotting.lessons.approximation:draw",
    "lesson_phases": "pomflow.plotting.lessons.phases:draw",
    "lesson_unsupervised": "pomflow.plotting.lessons.unsupervised:draw",
}

LESSONS = {
    "perceptron": "pomflow.studies.lessons.perceptron:teach",
    "activations": "pomflow.studies.lessons.activations:teach",
    "descent": "pomflow.studies.lessons.descent:teach",
    "backpropagation": "pomflow.studies.lessons.backpropagation:teach",
    "approximation": "pomflow.studies.lessons.approximation:teach",
    "phases": "pomflow.studies.lessons.phases:teach",
    "unsupervised": "pomflow.studies.lessons.unsupervised:teach",
}

FAMILIES = {
    "model": MODELS,
    "spin model": SPIN_MODELS,
    "contour": CONTOURS,
    "observable": OBSERVABLES,
    "figure": FIGURES,
    "lesson": LESSONS,
}


def module_of(family: str, name: str) -> str:
    """The module that implements a plug-in, as a dotted path, or as the path of its file.

    Raises
    ------
    ConfigError
        If nothing of that name is registered; the message lists what is.
    """
    members = FAMILIES[family]
    if name not in members:
        known = ", ".join(sorted(members))
        raise ConfigError(family, f"'{name}' is not registered", f"Known {family}s: {known}.")
    return members[name].rpartition(":")[0]


def load(family: str, name: str):
    """Import a plug-in: a class for models and contours, a function for the others.

    Raises
    ------
    ConfigError
        If nothing of that name is registered, or a file outside the package is no plug-in of this family.
    """
    module, attribute = module_of(family, name), FAMILIES[family][name].rpartition(":")[2]
    if plugins.is_file(module):
        return plugins.load(family, Path(module), attribute)
    return getattr(import_module(module), attribute)


def members(family: str) -> list[str]:
    """The names of a family."""
    return list(FAMILIES[family])


def scan_figures() -> list[str]:
    """The figures that are drawn of every table of a scan, beside those of its observables."""
    return list(SCAN_FIGURES)


def observables(name: str, model: type) -> dict:
    """The observables of a model by name, numbers all: its own, and the registered ones that serve it.

    Raises
    ------
    ConfigError
        If a plug-in has the name of one of the model's own, or one has a name that a column, a figure or a
        table has already.
    """
    measured = _measured(name, model)
    _require_free(model, measured, list(measured))
    return {key: one for key, one in measured.items() if not one.dimensions}


def quantities(name: str, model: type) -> dict:
    """What is made from means, by name: quantities of the model, and observables that are arrays.

    Raises
    ------
    ConfigError
        If two have the same name, or one has a name that a column, a figure or a table has already.
    """
    # what samples and trains loads models alone
    from pomflow.models.quantities import of_observables, quantities_in

    measured = _measured(name, model)
    own = quantities_in(model.quantities) if model.quantities else {}
    if taken := sorted(own.keys() & measured.keys()):
        raise ConfigError(
            f"plugins.observable.{taken[0]}",
            f"the model '{name}' has a quantity of this name itself",
            "Take another name.",
        )
    _require_free(model, measured, [*measured, *own])
    return own | of_observables({key: one for key, one in measured.items() if one.dimensions})


def _measured(name: str, model: type) -> dict:
    own = model.observables()
    others = {other: replace(load("observable", other), name=other) for other in OBSERVABLES}
    serving = {other: one for other, one in others.items() if not one.models or name in one.models}
    if taken := sorted(own.keys() & serving.keys()):
        raise ConfigError(
            f"plugins.observable.{taken[0]}",
            f"the model '{name}' has an observable of this name itself",
            "Take another name.",
        )
    return own | serving


def _require_free(model: type, measured: dict, every: list[str]) -> None:
    """Refuse names that would write over columns or figures; ``every`` has those of quantities too."""
    for key in every:
        if why := names.misfit(key, every, model, SCAN_FIGURES):
            own = key not in measured or measured[key].own
            where = f"{model.__name__}.{key}" if own else f"plugins.observable.{key}"
            raise ConfigError(
                where, f"nothing that is measured can be called so: {why}", "Take another name."
            )
    for key, parameter in model.parameters.items():
        if parameter.may_run and (why := names.axis_misfit(key, every)):
            where = f"{model.__name__}.parameters.{key}"
            raise ConfigError(where, f"no parameter can be called so: {why}", "Take another name.")


# --- plug-ins from files outside the package ----------------------------------------------------------------

# a name stands in names of files and columns of tables
NAME = re.compile(r"[a-z][a-z0-9_]*")
PLUGGED_FAMILIES = ("model", "contour", "observable", "figure")


def plug_in(plugged: dict[str, dict[str, str]], base: Path = Path()) -> None:
    """Register plug-ins from files outside the package; none of their code runs before it is loaded.

    Parameters
    ----------
    plugged : dict
        By family and name ``path/to/file.py:Name``; a figure is one of a scan. Those of an earlier call stay.
    base : Path
        The folder that paths are relative to.

    Raises
    ------
    ConfigError
        If a name is not made of lower-case letters, digits and _, is taken, or the place is no such text.
    """
    for family in PLUGGED_FAMILIES:
        for name, place in plugged.get(family, {}).items():
            _plug_in(family, name, place, base)


def is_plugged(family: str, name: str) -> bool:
    """Whether a plug-in comes from a file outside the package."""
    return plugins.is_file(module_of(family, name))


def _plug_in(family: str, name: str, place: str, base: Path) -> None:
    where = f"plugins.{family}.{name}"
    path, _, attribute = place.rpartition(":")
    if not plugins.is_file(path) or not attribute.isidentifier():
        raise ConfigError(where, f"'{place}' names no plug-in", "Write it as path/to/file.py:Name.")
    if not NAME.fullmatch(name):
        remedy = "Begin with a lower-case letter; go on with those, digits and '_'."
        raise ConfigError(where, "a plug-in cannot have this name", remedy)
    found = f"{(base / path).resolve()}:{attribute}"
    known = FAMILIES[family].setdefault(name, found)
    if known != found:
        raise ConfigError(where, f"the name '{name}' is taken by {known}", "Take another name.")
    if family == "figure":
        SCAN_FIGURES[name] = found
