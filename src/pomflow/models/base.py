"""What every model offers: variables, parameters, the action S(z), observables, and exact partners."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import ClassVar

import numpy as np

from pomflow.analysis.estimates import Estimate
from pomflow.errors import ConfigError, shown
from pomflow.lattice import Lattice
from pomflow.models.observables import Observable, observables_in
from pomflow.models.published import Published, published_at


@dataclass(frozen=True)
class Parameter:
    r"""A parameter of a model, from which the schema, the validation and ``config/README.md`` are made.

    Attributes
    ----------
    description : str
        One sentence: meaning and units.
    default : number, str or None
        None: the user must give it.
    minimum, maximum : float, optional
        Both included.
    above : float, optional
        A bound from below that is itself not allowed.
    integer : bool
        Whether only whole numbers are allowed.
    choices : tuple of str
        The allowed texts, for a parameter that is no number; it cannot be an axis.
    axis : bool
        Whether a table may run over it.
    symbol : str
        TeX, without dollars, for axes and titles of figures; by default the name.
    long_name, units : str
        For axes of figures and the coordinates of files; by default the name, in lattice units.
    """

    description: str
    default: float | int | str | None = None
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    integer: bool = False
    choices: tuple[str, ...] = ()
    axis: bool = True
    symbol: str = ""
    long_name: str = ""
    units: str = "lattice units"

    @property
    def may_run(self) -> bool:
        """Whether a table may run over it: not over texts."""
        return self.axis and not self.choices

    @property
    def allowed(self) -> str:
        """The allowed values in words: number, ≥ 0, ≤ 100."""
        if self.choices:
            return ", ".join(self.choices)
        limits = {"≥": self.minimum, ">": self.above, "≤": self.maximum}
        bounds = [f"{sign} {bound:g}" for sign, bound in limits.items() if bound is not None]
        return ", ".join(["whole number" if self.integer else "number", *bounds])

    def words(self) -> str:
        """Meaning, range and default in a line."""
        default = "required" if self.default is None else f"default {self.default}"
        return f"{self.description} ({self.allowed}; {default})"


# of lattice theories whose charge hops with e^{mu} forward and e^{-mu} backward in time
CHEMICAL_POTENTIAL = Parameter(
    "Chemical potential in lattice units.",
    minimum=-10,
    maximum=10,
    symbol=r"\mu",
    long_name="chemical potential",
)


@dataclass(frozen=True)
class Variables:
    """The integration variables of a model, ordered component first: index = component * V + site.

    Attributes
    ----------
    kind : {'real', 'angle'}
        Integrated over the real line, or over one period of length 2 pi with the measure dA / 2 pi.
    per_site : int
        Components of every site.
    per_link : int
        Components of every link; those of direction nu come as component ``per_site + nu * per_link``.
    """

    kind: str
    per_site: int = 0
    per_link: int = 0

    def components(self, dimension: int) -> int:
        """Number of components of a site, its links in forward directions included."""
        return self.per_site + dimension * self.per_link


class Model(ABC):
    r"""A theory with the weight exp(-S(z)), holomorphic in its variables z, on a lattice.

    A model is one class in one file. It knows nothing of contours, files and the workflow.

    Parameters
    ----------
    lattice : Lattice
    xp : module, optional
        NumPy or CuPy, where the arrays of this model live.
    **values : float, int or str
        The parameters; each becomes an attribute of its name. Ranges are checked by the configuration.

    Attributes
    ----------
    title : str
        Name of the theory, for figures.
    variables : Variables
    parameters : dict of Parameter
        By name, in the order of figures and titles.
    growth : int or None
        Power of the field with which S grows, of which bounds of a contour depend; None where nothing grows
        (angles) or nothing is known. An instance may set its own. Contours that need it ask the class itself:
        a subclass whose action may be another one states its own.
    complex_scalar : bool
        Whether the variables are the real components (phi_1, phi_2) of a complex scalar field with U(1),
        translations, reflections of space, and the two antiunitary symmetries of a chemical potential (see
        ``pomflow.contours.offsets``).
    gauge_field : bool
        Whether the variables are one angle for each link, and S knows nothing of them but plaquettes: it does
        not change under A_nu(x) -> A_nu(x) + omega(x) - omega(x + nu) and A_nu -> A_nu + constant.
    differences_only : bool
        Whether S depends on differences of its angles alone, so that turning all of them by the same complex
        number changes nothing.
    angular_sums : tuple of int
        Of real variables: directions along whose lines the action knows their sum as an angle, such as time
        where fermions see exp(i sum_t phi_t). A contour may see the cosine and the sine of such a sum.
    orders_phase : bool
        Whether what orders at a transition is the phase of a field, U(1); analyses of finite sizes ask
        (``pomflow.analysis.finite_size.geometry``).
    plane : bool
        Whether the integral converges absolutely over the real variables, so that the undeformed plane can be
        sampled. Where it does not, as for weights that are pure phases, nothing is compared with the plane,
        and contours that keep its directions far out are refused.
    has_hessian : bool
        Whether ``hessian`` is offered.
    has_windings : bool
        Whether ``wound`` is offered.
    has_hartree_start : bool
        Whether ``hartree_start`` is offered.
    partition_phase : float or None
        arg Z, the phase of the partition function, known by a symmetry or in closed form: the optimization
        aims the phase of every configuration at it. None: unknown, so it is estimated as it goes.
    vanishing : tuple of str
        Which of the measured numbers are zero by a symmetry: ``apf_im``, or ``NAME`` or ``NAME_im`` of an
        observable. The report shows them as a check.
    exact : function of the model, or its import path ``module:name``
        Exact values at this point by name, a dict of Estimate: observables, ``NAME_im`` where they are
        complex, ``apf0`` and ``apf0_im``. A method of the class, or a function in a module of its own: then
        a change of it runs no configuration anew. It serves exactly the class that states it: no subclass,
        whose action may be another one, inherits exact values.
    mean_field : function of the model, or its import path
        Mean-field values by name of the observable, a dict of float; not inherited either.
    best : function of the model, or its import path
        The largest average phase factor that a path can have, a number, or what is known of it: its docstring
        says what. Not inherited either.
    simulation : import path or None
        An exact simulation with rules of its own, a ``pomflow.models.simulation.Simulation``; not inherited.
    quantities : str
        Import path of a module with the quantities of this theory (``pomflow.models.quantities``): numbers
        made from several means, and arrays of them. Derived classes have them too, as they have observables.
    published : str
        A file of the package with values of other methods and their sources, relative to the package; not
        inherited. ``pomflow.models.published`` says what it holds.
    data : tuple of str
        Files of the package that exact values are read from, relative to the package.
    """

    title: ClassVar[str] = ""
    variables: ClassVar[Variables]
    parameters: ClassVar[dict[str, Parameter]] = {}
    growth: int | None = None
    complex_scalar: ClassVar[bool] = False
    gauge_field: ClassVar[bool] = False
    differences_only: ClassVar[bool] = False
    angular_sums: ClassVar[tuple[int, ...]] = ()
    orders_phase: ClassVar[bool] = False
    plane: ClassVar[bool] = True
    has_hessian: ClassVar[bool] = False
    has_windings: ClassVar[bool] = False
    has_hartree_start: ClassVar[bool] = False
    partition_phase: float | None = None
    vanishing: ClassVar[tuple[str, ...]] = ()
    quantities: ClassVar[str] = ""
    published: ClassVar[str] = ""
    data: ClassVar[tuple[str, ...]] = ()

    def __init__(self, lattice: Lattice, xp=np, **values):
        self.lattice, self.xp = lattice, xp
        unknown = sorted(values.keys() - self.parameters.keys())
        if unknown:
            known = ", ".join(self.parameters)
            raise ConfigError(type(self).__name__, f"has no parameter '{unknown[0]}'", f"It has: {known}.")
        for name, parameter in self.parameters.items():
            value = values.get(name, parameter.default)
            if value is None:
                raise ConfigError(f"parameters.{name}", "is missing", f"Give it: {parameter.description}")
            setattr(self, name, value)
        self.components = self.variables.components(lattice.dimension)
        self.size = self.components * lattice.volume

    @abstractmethod
    def value(self, z):
        """S(z), complex, shape (batch,), for ``z`` complex of shape (batch, n); modulo 2 pi i is enough."""

    @abstractmethod
    def gradient(self, z):
        """dS/dz, complex, shape (batch, n)."""

    def at(self, z) -> "ModelPoint":
        """The theory at a batch of configurations, with what value, gradient and observables share."""
        return ModelPoint(self, z)

    def fields(self, z):
        """The variables by component and site, shape (batch, components, V)."""
        return z.reshape(z.shape[0], self.components, self.lattice.volume)

    def wrapped(self, t):
        """Configurations, angles (their real parts) in [-pi, pi]: a chain that winds loses no digits."""
        if self.variables.kind == "angle":
            return t - 2 * math.pi * self.xp.round(t.real / (2 * math.pi))
        return t

    def ordered_start(self, stream, rows: int):
        """Classical configurations from which ordered chains start, real, shape (rows, n)."""
        return self.xp.zeros((rows, self.size))

    def hartree_start(self, stream, rows: int):
        """Ordered configurations with the condensate that fluctuations leave, real, shape (rows, n).

        Zero where they leave none: near a transition a classical condensate may stand where the theory has
        none, and chains take long to forget it.

        Raises
        ------
        NotImplementedError
            By models that do not offer it, ``has_hartree_start`` is False.
        """
        raise NotImplementedError

    def orbits(self) -> np.ndarray:
        """For each variable the number of its orbit, shape (n,): those of an orbit are alike by a symmetry.

        By default translations make the variables of one component alike.
        """
        return np.repeat(np.arange(self.components), self.lattice.volume)

    def gaussian_slopes(self, lattice: Lattice, limit: float) -> np.ndarray:
        """Of a complex scalar field: the slopes a_k of the path on which symmetric contours start.

        u_k = (1 + i a_k) phi_k, at most ``limit`` in modulus, of the shape of ``lattice``. By default the
        real plane.
        """
        return np.zeros(lattice.shape)

    def hessian(self, z):
        """d^2S/dz^2, complex, shape (batch, n, n); contours that follow the flow of S need it.

        Raises
        ------
        NotImplementedError
            By models that do not offer it, ``has_hessian`` is False.
        """
        raise NotImplementedError

    def identities(self, point: "ModelPoint"):
        r"""Functions of mean zero in the weight exp(-S), complex, shape (batch, K): control variates.

        .. math:: f = \sum_i \big( \partial_i G_i - G_i\, \partial_i S \big)

        of vector fields G(z), holomorphic, that leave the integral convergent: powers of real variables,
        periodic functions of angles. Those pay that have the symmetries of the observables; few of low order
        (``pomflow.analysis.control_variates``). By default none.
        """
        return self.xp.zeros((len(point.z), 0), dtype=complex)

    @classmethod
    def has_identities(cls) -> bool:
        """Whether ``identities`` is offered."""
        return cls.identities is not Model.identities

    def wound(self, t, direction: int, signs):
        """Real configurations whose phases make one more turn around a direction, shape (batch, n).

        A map that keeps volumes of t, and whose inverse has the other sign: samplers propose it.

        Parameters
        ----------
        t : array, shape (batch, n)
        direction : int
            Of the lattice.
        signs : array of 1.0 and -1.0, shape (batch,)

        Raises
        ------
        NotImplementedError
            By models that do not offer it, ``has_windings`` is False.
        """
        raise NotImplementedError

    def gaussian_path(self) -> np.ndarray:
        """K of the path z = (1 + iK) t that is exact without interaction, (n, n); by default the plane."""
        return np.zeros((self.size, self.size))

    def warm_start_target(self, t):
        """Im z of a path that is good at real configurations t, for a supervised start; None: unknown."""
        return None

    @classmethod
    def check(cls, lattice: Lattice, values: dict) -> None:
        """Refuse a lattice or a combination of parameters that the theory does not have.

        ``values`` are all parameters by name, each within its range. Cheap: no arrays are made.

        Raises
        ------
        ConfigError
            Naming the field (``lattices`` or ``parameters.NAME``) and the remedy.
        """

    @classmethod
    def observables(cls) -> dict[str, Observable]:
        """The observables that this class and its bases state, by name."""
        return observables_in(cls)

    @classmethod
    def stated(cls, partner: str):
        """What this class itself states as a partner (``exact``, ``best``, ...) or ``growth``, or None.

        What a base class states belongs to the action of the base class. An import path is followed.
        """
        found = cls.__dict__.get(partner)
        if isinstance(found, str):
            module, _, name = found.partition(":")
            return getattr(import_module(module), name)
        return found

    @classmethod
    def partner_module(cls, partner: str) -> str | None:
        """The module of a partner that is named by its import path."""
        found = cls.__dict__.get(partner)
        return found.partition(":")[0] if isinstance(found, str) else None

    def exact_values(self) -> dict[str, Estimate]:
        """Exact values at this point, by name; empty where none is known."""
        exact = self.stated("exact")
        return {} if exact is None else exact(self)

    def mean_field_values(self) -> dict[str, float]:
        """Mean-field values at this point, by name of the observable."""
        mean_field = self.stated("mean_field")
        return {} if mean_field is None else mean_field(self)

    def best_phase_factor(self) -> float | None:
        """The largest average phase factor of a path at this point, as ``best`` knows it; None: unknown."""
        best = self.stated("best")
        return None if best is None else best(self)

    def published_values(self) -> dict[str, list[Published]]:
        """Values of other methods at this point, by quantity, with their sources."""
        return published_at(self) if type(self).__dict__.get("published") else {}

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name)}" for name in self.parameters)
        return f"{type(self).__name__}({self.lattice}, {values})"


class ModelPoint:
    """A model at a batch of complex configurations z, shape (batch, n).

    Observables are functions of it. A model whose value, gradient and observables share a factorization
    has a subclass that computes it once.
    """

    def __init__(self, model: Model, z):
        self.model, self.z = model, z

    @cached_property
    def value(self):
        """S(z), complex, shape (batch,)."""
        return self.model.value(self.z)

    @cached_property
    def gradient(self):
        """dS/dz, complex, shape (batch, n)."""
        return self.model.gradient(self.z)

    @cached_property
    def fields(self):
        """The variables by component and site, shape (batch, components, V)."""
        return self.model.fields(self.z)

    def schwinger_dyson(self):
        r"""A number of mean 1 in the weight exp(-S), complex, shape (batch,): a test of a sampler.

        The mean over the variables of :math:`z\, \partial S` for real variables, and of
        :math:`1 + \sin z\, \partial S - \cos z` for angles: :math:`\langle \partial_i f_i\rangle =
        \langle f_i\, \partial_i S\rangle` with :math:`f_i = z_i` or :math:`\sin z_i`.
        """
        if self.model.variables.kind == "angle":
            xp = self.model.xp
            return 1 + (xp.sin(self.z) * self.gradient - xp.cos(self.z)).mean(axis=1)
        return (self.z * self.gradient).mean(axis=1)


def closed_form(**values: complex) -> dict[str, Estimate]:
    """Exact values without error; a complex value NAME becomes NAME and NAME_im."""
    found = {}
    for name, value in values.items():
        found[name] = Estimate(float(np.real(value)), 0.0)
        if np.iscomplexobj(value):
            found[f"{name}_im"] = Estimate(float(np.imag(value)), 0.0)
    return found


def require_values(model: type[Model], values: dict) -> dict:
    """All parameters of a model by name, defaults filled in.

    Raises
    ------
    ConfigError
        If a name is unknown, a required one is missing, or a value is out of its range.
    """
    unknown = next((name for name in values if name not in model.parameters), None)
    if unknown is not None:
        known = ", ".join(model.parameters)
        raise ConfigError(f"parameters.{unknown}", "is no parameter of this model", f"It has: {known}.")
    return {name: checked(name, parameter, values) for name, parameter in model.parameters.items()}


def check_windings(where: str, model: "Model | type[Model]", proposals: int) -> None:
    """Refuse proposals of another winding number for a model (its class or an instance) that has none.

    Raises
    ------
    ConfigError
        Naming the field ``where``.
    """
    if proposals and not model.has_windings:
        name = (model if isinstance(model, type) else type(model)).__name__
        raise ConfigError(where, f"{name} has no winding numbers", "Take 0, the default.")


def check_start(where: str, model: "Model | type[Model]", kind: str) -> None:
    """Refuse a start of chains that a model (its class or an instance) does not have.

    Raises
    ------
    ConfigError
        Naming the field ``where``.
    """
    if kind == "hartree" and not model.has_hartree_start:
        name = (model if isinstance(model, type) else type(model)).__name__
        raise ConfigError(where, f"{name} has no Hartree condensate", "Take 'ordered' or 'mixed'.")


def checked(name: str, parameter: Parameter, values: dict):
    """The value of a parameter, or its default.

    Raises
    ------
    ConfigError
        If it is missing, of another kind, or out of range.
    """
    field, value = f"parameters.{name}", values.get(name, parameter.default)
    if value is None:
        raise ConfigError(field, "is missing", f"Give it, fixed or in 'over'. {parameter.description}")
    if parameter.choices:
        if value not in parameter.choices:
            remedy = f"Choose one of {', '.join(parameter.choices)}."
            raise ConfigError(field, f"{shown(value)} is not known", remedy)
        return value
    wanted = "a whole number" if parameter.integer else "a number"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigError(field, f"{shown(value)} is not {wanted}", parameter.description)
    if isinstance(value, float) and not math.isfinite(value):
        raise ConfigError(field, f"{value} is not a finite number", "Give a finite number.")
    if parameter.integer and value != int(value):
        raise ConfigError(field, f"{shown(value)} is not {wanted}", parameter.description)
    if parameter.minimum is not None and value < parameter.minimum:
        raise ConfigError(field, f"{shown(value)} is too small", f"It must be at least {parameter.minimum}.")
    if parameter.above is not None and value <= parameter.above:
        raise ConfigError(
            field, f"{shown(value)} is too small", f"It must be greater than {parameter.above}."
        )
    if parameter.maximum is not None and value > parameter.maximum:
        raise ConfigError(field, f"{shown(value)} is too large", f"It must be at most {parameter.maximum}.")
    return int(value) if parameter.integer else float(value)
