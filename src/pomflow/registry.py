"""Every plug-in by name: a new action, contour, observable, figure or lesson is a new file and a line here.

The values are import paths, so that naming a plug-in imports that plug-in only. This file is left out
of the hashes that decide what a change reruns: a line for a new contour touches no finished result.
"""

from importlib import import_module

from pomflow.errors import ConfigError

ACTIONS = {
    "complex_phi4": "pomflow.actions.complex_phi4:ComplexPhi4",
    "power": "pomflow.actions.power:Power",
    "quartic": "pomflow.actions.quartic:Quartic",
}

CONTOURS = {
    "plane": "pomflow.contours.plane:Plane",
    "dense": "pomflow.contours.dense:Dense",
    "linear": "pomflow.contours.linear:Linear",
    "equivariant": "pomflow.contours.equivariant:Equivariant",
}

OBSERVABLES = {
    "density": "pomflow.observables.density:density",
    "phi2": "pomflow.observables.phi2:phi2",
}

# drawn from the table of a scan alone, for every lattice and contour
SCAN_FIGURES = {
    "apf": "pomflow.plotting.apf:draw",
    "apf_im": "pomflow.plotting.apf_im:draw",
    "density": "pomflow.plotting.density:draw",
}

FIGURES = SCAN_FIGURES | {
    "training": "pomflow.plotting.training:draw",
    "history": "pomflow.plotting.history:draw",
    "phase": "pomflow.plotting.phase:draw",
    "correlation": "pomflow.plotting.correlation:draw",
    "volume": "pomflow.plotting.volume:draw",
    "compare": "pomflow.plotting.compare:draw",
    "ising_specific_heat": "pomflow.plotting.ising_specific_heat:draw",
    "ising_free_energy": "pomflow.plotting.ising_free_energy:draw",
    "ising_energy": "pomflow.plotting.ising_energy:draw",
    "ising_critical_temperature": "pomflow.plotting.ising_critical_temperature:draw",
    "ising_heads": "pomflow.plotting.ising_heads:draw",
    "ising_minibatches": "pomflow.plotting.ising_minibatches:draw",
    "ising_controls": "pomflow.plotting.ising_controls:draw",
    "ising_couplings": "pomflow.plotting.ising_couplings:draw",
    "lesson_perceptron": "pomflow.plotting.lesson_perceptron:draw",
    "lesson_activations": "pomflow.plotting.lesson_activations:draw",
    "lesson_descent": "pomflow.plotting.lesson_descent:draw",
    "lesson_backpropagation": "pomflow.plotting.lesson_backpropagation:draw",
    "lesson_approximation": "pomflow.plotting.lesson_approximation:draw",
    "lesson_phases": "pomflow.plotting.lesson_phases:draw",
    "lesson_unsupervised": "pomflow.plotting.lesson_unsupervised:draw",
}

LESSONS = {
    "perceptron": "pomflow.lessons.perceptron:teach",
    "activations": "pomflow.lessons.activations:teach",
    "descent": "pomflow.lessons.descent:teach",
    "backpropagation": "pomflow.lessons.backpropagation:teach",
    "approximation": "pomflow.lessons.approximation:teach",
    "phases": "pomflow.lessons.phases:teach",
    "unsupervised": "pomflow.lessons.unsupervised:teach",
}

FAMILIES = {
    "action": ACTIONS,
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
    """Import a plug-in: a class for actions and contours, a function for the others."""
    module = import_module(module_of(family, name))
    return getattr(module, FAMILIES[family][name].partition(":")[2])
