"""Exact simulations: a theory in other variables, in which it has no sign problem."""

from abc import ABC, abstractmethod

from pomflow.io.checkpoint import Checkpoint
from pomflow.lattice import Lattice
from pomflow.random.stream import Stream

# the end of the name of a number of the phase-quenched theory
QUENCHED = "_pq"
# the average of its phase, which is measured there
PHASE = "phase"
# -ln APF0 / V: what APF0 was before it underflowed
FREE_ENERGY = "free_energy"
# where numbers come from, beside the names of contours
EXACT = "exact"
# the chemical potential at which one charge on the lattice has the weight of none
ONSET = "onset"


class Simulation(ABC):
    r"""An exact simulation of a theory and of its phase-quenched companion, at one point.

    The workflow runs it at every point of a scan and at the nodes of a grid along ``axis``, on which the
    average phase factor of the undeformed plane is an integral of the two charges,

    .. math:: \ln \mathrm{APF}_0(\mu) = V \int_0^\mu (n - n_{pq})\, d\mu',

    and the tables take their exact values from it. On small lattices the average of the phase itself is more
    accurate; the tables take the better of the two.

    Attributes
    ----------
    axis : str
        The parameter mu of the model that the integral runs along. The theory must be even in it, without
        a phase at 0.
    charge : str
        The observable n = (1/V) d ln Z / d mu.
    measured : tuple of str
        The observables of the model that the simulation knows, the charge among them.
    also : tuple of str
        The quantities of the model that it knows of the full theory beside ``susceptibility``; its estimates
        may lack them.
    series : tuple of str
        The quantities with dimensions that it knows of the full theory.
    """

    axis: str
    charge: str
    measured: tuple[str, ...]
    also: tuple[str, ...] = ()
    series: tuple[str, ...] = ()

    @abstractmethod
    def serves(self, values: dict) -> bool:
        """Whether the theory with these parameters is simulated: not where a closed form is known."""

    def serves_on(self, lattice: Lattice) -> bool:
        """Whether it is simulated on this lattice, everywhere by default."""
        return True

    @abstractmethod
    def check(self, lattice: Lattice, values: dict) -> None:
        """Refuse what is too large to be simulated.

        Raises
        ------
        ConfigError
            Naming the field and the remedy.
        """

    @abstractmethod
    def full(
        self,
        lattice: Lattice,
        values: dict,
        settings: dict,
        stream: Stream,
        where: str,
        checkpoint: Checkpoint,
    ) -> tuple[dict, dict]:
        """Simulate the theory at one point.

        Parameters
        ----------
        lattice : Lattice
        values : dict
            The parameters of the model by name.
        settings : dict
            The ``worm`` section of the config: chains, sweeps, thermalization.
        stream : Stream
        where : str
            Names the run in messages.
        checkpoint : Checkpoint

        Returns
        -------
        estimates : dict
            Estimates of ``measured`` and of ``susceptibility`` (d n / d mu); numbers ``covariance`` (of
            charge and susceptibility), ``tau_int``, ``ess``, ``thermalization``; where it counts charges an
            estimate ``onset``; and those of ``also`` and ``series``, unknown (NaN) where statistics or the
            lattice do not allow them.
        attributes : dict
            What else is worth knowing of the run.
        """

    @abstractmethod
    def quenched(
        self,
        lattice: Lattice,
        values: dict,
        settings: dict,
        stream: Stream,
        where: str,
        checkpoint: Checkpoint,
    ) -> dict:
        """The same estimates in the phase-quenched theory, and ``phase``, the average <e^{-i Im S}>."""

    def free_energy(
        self,
        lattice: Lattice,
        values: dict,
        settings: dict,
        stream: Stream,
        where: str,
        checkpoint: Checkpoint,
    ) -> dict | None:
        """-ln APF0 / V from this point alone, where a simulation knows a better way than the integral.

        Returns
        -------
        dict or None
            An estimate ``free_energy`` and numbers ``ess`` and ``thermalization``; by default None.
        """
        return None
