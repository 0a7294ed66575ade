"""Every plug-in by name: a new model, contour, observable, figure or lesson is a new file and a line here.

The values are import paths, so that naming a plug-in imports that plug-in only. This file is left out
of the hashes that decide what a change reruns: a line for a new contour touches no finished result.
"""

from dataclasses import replace
from importlib import import_module

from pomflow.errors import ConfigError

MODELS = {
    "complex_phi4": "pomflow.models.complex_phi4.action:ComplexPhi4",
    "thirring": "pomflow.models.thirring.action:Thirring",
    "power_integral": "pomflow.models.integrals.power:Power",
    "quartic_integral": "pomflow.models.integrals.quartic:Quartic",
}

CONTOURS = {
    "plane": "pomflow.contours.plane:Plane",
    "shift": "pomflow.contours.shift:Shift",
    "dense": "pomflow.contours.dense:Dense",
    "local": "pomflow.contours.local:Local",
    "linear": "pomflow.contours.linear:Linear",
    "equivariant": "pomflow.contours.equivariant.contour:Equivariant",
}

# beside those that a model states itself
OBSERVABLES: dict[str, str] = {}

# drawn from the table of a scan alone, for every lattice and contour
SCAN_FIGURES = {
    "apf": "pomflow.plotting.scan.apf:draw",
    "apf_im": "pomflow.plotting.scan.apf_im:draw",
}

FIGURES = SCAN_FIGURES | {
    # of every observable of a model, under its name
    "observable": "pomflow.plotting.scan.observable:draw",
    "training": "pomflow.plotting.scan.training:draw",
    "history": "pomflow.plotting.scan.history:draw",
    "phase": "pomflow.plotting.scan.phase:draw",
    "correlation": "pomflow.plotting.scan.correlation:draw",
    "volume": "pomflow.plotting.scan.volume:draw",
    "compare": "pomflow.plotting.scan.compare:draw",
    "ising_specific_heat": "pomflow.plotting.ising.specific_heat:draw",
    "ising_free_energy": "pomflow.plotting.ising.free_energy:draw",
    "ising_energy": "pomflow.plotting.ising.energy:draw",
    "ising_critical_temperature": "pomflow.plotting.ising.critical_temperature:draw",
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
    "contour": CONTOURS,
    "observable": OBSERVABLES,
    "figure": FIGURES,
    "lesson": LESSONS,
}


def module_of(family: str, name: str) -> str:
    """The module that implements a plug-in, as a dotted path.

    Raises
    ------
    ConfigError
        If nothing of that name is registered; the message lists what is.
    """
    members = FAMILIES[family]
    if name not in members:
        known = ", ".join(sorted(members))
        raise ConfigError(family, f"'{name}' is not registered", f"Known {family}s: {known}.")
    return members[name].partition(":")[0]


def load(family: str, name: str):
    """Import a plug-in: a class for models and contours, a function for the others."""
    module = import_module(module_of(family, name))
    return getattr(module, FAMILIES[family][name].partition(":")[2])


def members(family: str) -> list[str]:
    """The names of a family."""
    return list(FAMILIES[family])


def scan_figures() -> list[str]:
    """The figures that are drawn of every table of a scan, beside those of its observables."""
    return list(SCAN_FIGURES)


def observables(name: str, model: type) -> dict:
    """The observables of a model by name: its own, and the registered ones that serve it."""
    others = {other: replace(load("observable", other), name=other) for other in OBSERVABLES}
    return model.observables() | {
        other: one for other, one in others.items() if not one.models or name in one.models
    }


def is_plugged(family: str, name: str) -> bool:
    return False


def plug_in(plugins: dict) -> None:
    pass
