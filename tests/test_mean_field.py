"""Mean-field curves: the minimum of the action over constant fields."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from builders import phi4
from pomflow.models.complex_phi4 import mean_field


@pytest.mark.parametrize(("coupling", "mass", "mu"), [(1.0, 1.0, 1.4), (0.5, 0.7, 1.0), (2.0, 1.0, 2.0)])
def test_condensate_minimizes_the_action_of_a_constant_field(coupling, mass, mu):
    """Against a numerical minimum over phi_1 = r, phi_2 = 0 on all sites."""
    model = phi4(3, 2, coupling=coupling, mass=mass, mu=mu)
    shape = np.repeat([[1.0, 0.0]], 6, axis=1)
    found = minimize_scalar(lambda r: model.value(r * shape + 0j)[0].real, bounds=(0.1, 10), method="bounded")
    assert mean_field.condensate(mass, coupling, mu) == pytest.approx(found.x**2, rel=1e-5)
    assert mean_field.density(mass, coupling, mu) == pytest.approx(math.sinh(mu) * found.x**2, rel=1e-5)


def test_no_condensate_below_the_threshold():
    """cosh mu = 1 + m^2/2 is where the density starts (Silver Blaze); without a coupling there is none."""
    threshold = math.acosh(1.5)
    assert mean_field.density(1.0, 1.0, threshold - 1e-6) == 0
    assert mean_field.density(1.0, 1.0, threshold + 1e-3) > 0
    assert mean_field.condensate(1.0, 0.0, 2.0) == 0
