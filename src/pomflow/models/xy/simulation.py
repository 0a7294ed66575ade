"""The XY model simulated in its dual variables by worms, with and without its phase."""

from pomflow.models.simulation import Simulation
from pomflow.models.xy.dual import DualXY


class DualSimulation(Simulation):
    """Worms in the currents of the theory (``dual``), measured after every sweep (``worm_estimates``)."""

    axis = "mu"
    charge = "density"
    measured = ("density", "action_density")

    def serves(self, values):
        # independent spins have a closed form
        return values["beta"] > 0

    def serves_on(self, lattice):
        # so have rings
        return lattice.dimension > 1

    def check(self, lattice, values):
        DualXY(lattice, values["beta"]).table_size(abs(values["mu"]))

    # A plan of the scan needs what is above; pyerrors, which takes seconds to import, only a run.

    def full(self, lattice, values, settings, stream, where, checkpoint):
        from pomflow.models.xy import worm_estimates

        theory = DualXY(lattice, values["beta"])
        return worm_estimates.full(theory, values["mu"], settings, stream, where, checkpoint)

    def quenched(self, lattice, values, settings, stream, where, checkpoint):
        from pomflow.models.xy import worm_estimates

        theory = DualXY(lattice, values["beta"])
        return worm_estimates.quenched(theory, values["mu"], settings, stream, where, checkpoint)


DUAL = DualSimulation()
