"""Mean-field curves of the complex phi^4 theory, to compare with."""

import math


def condensate(mass: float, coupling: float, mu: float) -> float:
    r"""phi_0^2 = max(0, (2 cosh(mu) - 2 - m^2) / lambda), the constant field that minimizes S.

    Without a coupling no constant field is stable beyond the threshold and none is favoured below it, so
    the value is 0.
    """
    if coupling == 0:
        return 0.0
    return max(0.0, (2 * math.cosh(mu) - 2 - mass**2) / coupling)


def density(mass: float, coupling: float, mu: float) -> float:
    """n_MF = sinh(mu) phi_0^2 per site; in two dimensions a guide only.

    Source: Mori, Kashiwa, Ohnishi, PTEP 2018, 023B04.

    Examples
    --------
    >>> density(mass=1.0, coupling=1.0, mu=0.9)  # below the threshold cosh(mu) = 3/2
    0.0
    >>> round(density(mass=1.0, coupling=1.0, mu=1.2), 4)
    0.9378
    """
    return math.sinh(mu) * condensate(mass, coupling, mu)


def values(model) -> dict[str, float]:
    """The mean-field values at a point of the theory."""
    return {"density": density(model.mass, model.coupling, model.mu)}
