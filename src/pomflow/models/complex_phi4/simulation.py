"""The complex phi^4 theory simulated in its dual variables by worms, with and without its phase."""

from pomflow.lattice import Lattice
from pomflow.models.complex_phi4.dual import DualTheory
from pomflow.models.simulation import Simulation


class DualSimulation(Simulation):
    """Worms in the hops of the theory (``dual``), measured after every sweep (``worm_estimates``)."""

    axis = "mu"
    charge = "density"
    measured = ("density", "phi2")
    also = ("phi2_susceptibility", "action_density", "helicity", "correlation_length")
    series = ("correlator", "effective_mass", "effective_mass_back")

    def serves(self, values):
        # without a coupling every number has a closed form
        return values["coupling"] > 0

    def check(self, lattice, values):
        _theory(lattice, values).table_size(abs(values["mu"]))

    # A plan of the scan needs what is above; pyerrors, which takes seconds to import, only a run.

    def full(self, lattice, values, settings, stream, where, checkpoint):
        from pomflow.models.complex_phi4 import worm_estimates

        theory = _theory(lattice, values)
        return worm_estimates.full(theory, values["mu"], settings, stream, where, checkpoint)

    def quenched(self, lattice, values, settings, stream, where, checkpoint):
        from pomflow.models.complex_phi4 import worm_estimates

        theory = _theory(lattice, values)
        return worm_estimates.quenched(theory, values["mu"], settings, stream, where, checkpoint)

    def free_energy(self, lattice, values, settings, stream, where, checkpoint):
        from pomflow.models.complex_phi4 import phase_switch

        theory = _theory(lattice, values)
        return phase_switch.free_energy(theory, values["mu"], settings, stream, where, checkpoint)


DUAL = DualSimulation()


def _theory(lattice: Lattice, values: dict) -> DualTheory:
    return DualTheory(lattice, values["mass"], values["coupling"])
