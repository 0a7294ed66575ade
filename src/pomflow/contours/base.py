"""What every contour offers: a path z(t; theta), mostly t + i y(t), its Jacobian, and derivatives of both."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import numpy as np

# the section of a study's settings, by the optimizer of its contour
SECTIONS = {"adam": "optimize", "natural_gradient": "natural_gradient"}


class ContourPoint(ABC):
    """A contour evaluated at a batch of real points t, shape (batch, n).

    Attributes
    ----------
    z : array, shape (batch, n)
        The complex points of the path.

    Notes
    -----
    J = dz/dt; where Re z is t it is 1 + iK with the real matrix K_{ij} = dy_i/dt_j.
    """

    z: object

    @abstractmethod
    def log_det(self):
        """ln|det J| + i arg det J, complex, shape (batch,)."""

    @abstractmethod
    def pull_back(self, w):
        """Re(J^T w) for complex w of shape (batch, n): dRe S/dt if w = dS/dz."""

    @abstractmethod
    def parameter_gradient(self, weight, w):
        """Gradient of the batch mean of Re[weight (ln det J - S)] with respect to the parameters.

        Parameters
        ----------
        weight : array, complex, shape (batch,)
            Held fixed.
        w : array, complex, shape (batch, n)
            dS/dz at z.

        Returns
        -------
        array, real, shape (n_parameters,)
        """


class SharedPoint(ContourPoint):
    """A point of a contour that the natural gradient trains: each parameter has a derivative of its own."""

    @abstractmethod
    def derivatives(self, w):
        """Derivatives of ln det J - S with respect to the parameters, complex, shape (batch, n_parameters).

        Parameters
        ----------
        w : array, complex, shape (batch, n)
            dS/dz at z.
        """

    def parameter_gradient(self, weight, w):
        return (weight[:, None] * self.derivatives(w)).real.mean(axis=0)


class Contour(ABC):
    """A family of paths that start from the real plane R^n, or for angles from the real torus.

    Where a theory can be sampled on the plane, theta = 0 should be the plane: the free energy of the phase is
    counted from there (``samplers.path_switch``), and another contour is refused for it.

    Attributes
    ----------
    kinds : tuple of {'real', 'angle'}
        The variables that it serves. On the real line the path must keep the directions in which Re S grows;
        for angles y must have the period 2 pi in every t. A contour that is built for one of them says so.
    needs_complex_scalar : bool
        Whether it is made for a complex scalar field (``Model.complex_scalar``).
    needs_gauge_field : bool
        Whether it is made for a gauge field (``Model.gauge_field``).
    n_parameters : int
        Length of the parameter vector theta.
    xp : module
        NumPy or CuPy, where the arrays live.
    leaves_plane : bool
        Whether Re S grows far out on it also where it does not on the real plane (``Model.plane``).
    optimizer : {'adam', 'natural_gradient', None}
        What trains it: the natural gradient where parameters are so few that each has a derivative of its
        own (``SharedPoint``), None where there is nothing to train.
    transferable : bool
        Whether the parameters mean the same on every lattice, so that a path trained on a small lattice
        starts one on a larger.
    keeps_real_part : bool
        Whether Re z is t: the path is z = t + i y. Another must be joined to the real plane by paths on which
        the integral converges, and says in its docstring why it is.
    network_settings : tuple of str
        The keys of the ``network`` section of the config that ``build`` reads; no other key reruns it.
    later_settings : dict
        Those of these keys that files of earlier versions lack, with what they meant then.
    network : Network or None
        The network whose output is the displacement Im z, if it is one; a supervised warm start fits it.
    """

    kinds: ClassVar[tuple[str, ...]] = ("real",)
    needs_complex_scalar: ClassVar[bool] = False
    needs_gauge_field: ClassVar[bool] = False
    leaves_plane: ClassVar[bool] = False
    optimizer: ClassVar[str | None] = "adam"
    transferable: ClassVar[bool] = False
    keeps_real_part: ClassVar[bool] = True
    network_settings: ClassVar[tuple[str, ...]] = ()
    later_settings: ClassVar[dict] = {}
    network = None
    n_parameters: int
    xp = np

    @classmethod
    def build(cls, model, settings: dict) -> "Contour":
        """The member of this family for a model, from its ``network_settings`` in the config, in order."""
        known = cls.later_settings | settings
        return cls(model, *(known[key] for key in cls.network_settings))

    @classmethod
    def misfit(cls, model) -> str | None:
        """Why a model (its class or an instance) cannot be integrated on this contour; None if it can."""
        kind = model.variables.kind
        if kind not in cls.kinds:
            wanted = " or ".join(cls.kinds)
            return f"it is made for {wanted} variables, and those of this model are of the kind '{kind}'"
        if cls.needs_complex_scalar and not model.complex_scalar:
            return "it is made for a complex scalar field, which this model does not have"
        if cls.needs_gauge_field and not model.gauge_field:
            return "it is made for a gauge field, whose action knows plaquettes alone, not for this model"
        if not (model.plane or cls.leaves_plane):
            return "far out it has the directions of the real plane, on which this integral does not converge"
        return None

    @abstractmethod
    def initial_parameters(self, stream):
        """Starting parameters near the real plane, shape (n_parameters,)."""

    def transferred(self, theta, source: "Contour"):
        """Parameters of this contour from those of the same family on a smaller lattice.

        Only contours that are ``transferable`` offer it.

        Raises
        ------
        NotImplementedError
            By those that are not.
        """
        raise NotImplementedError

    def prepare(self, theta):
        """What ``at`` needs of the parameters, computed once for many evaluations: here theta itself."""
        return theta

    @abstractmethod
    def at(self, prepared, t) -> ContourPoint:
        """The path at real points t, shape (batch, n), from ``prepare(theta)``."""

    def force(self, prepared, model, t):
        """-d Re S(z(t)) / dt of a model on the path, shape (batch, n)."""
        point = self.at(prepared, t)
        return -point.pull_back(model.at(point.z).gradient)

    def evaluate(self, theta, t) -> ContourPoint:
        """The path at real points t, shape (batch, n)."""
        return self.at(self.prepare(theta), t)


def parts_of(theta, shapes: Mapping[str, tuple[int, ...]]) -> dict:
    """The parameters by name, of these shapes one after the other: views of theta."""
    parts, first = {}, 0
    for name, shape in shapes.items():
        last = first + int(np.prod(shape))
        parts[name], first = theta[first:last].reshape(shape), last
    return parts
