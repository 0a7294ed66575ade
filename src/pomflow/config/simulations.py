"""Exact simulations of a study: each must know the theory that states it, on lattices small enough for it."""

import itertools

from pomflow import plugins
from pomflow.config.scan import Study
from pomflow.errors import ConfigError
from pomflow.lattice import Lattice


def check(study: Study) -> None:
    """Refuse the simulation of another theory, and what is too large to be simulated.

    Raises
    ------
    ConfigError
        Naming the field below the study.
    """
    try:
        if not study.simulated:
            return
        for lattice, node in itertools.product(study.simulated_lattices, study.nodes):
            study.simulation.check(Lattice.parse(lattice), study.values(node))
    except KeyError as error:
        [name] = error.args
        # any other is a mistake in its code, whose line the caller names
        if plugins.raised_in(error) is not None or name in study.model.parameters:
            raise
        raise _refused(f"a parameter '{name}'") from error
    simulation = study.simulation
    measured = (simulation.charge, *simulation.measured)
    made = (*simulation.also, *simulation.series)
    for kind, names, known in (
        ("an observable", measured, study.observables),
        ("a quantity", made, study.quantities),
    ):
        lacking = next((name for name in names if name not in known), None)
        if lacking is not None:
            raise _refused(f"{kind} '{lacking}'")


def _refused(what: str) -> ConfigError:
    remedy = "State one of this theory, or none; 'worm: {enabled: false}' switches it off."
    return ConfigError("model", f"its exact simulation asks for {what}, which the model lacks", remedy)
