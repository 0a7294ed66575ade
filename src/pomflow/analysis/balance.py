r"""Detailed balance, seen in the energy violations of trajectories.

A trajectory is a map M of phase space that keeps volumes and that, run from its end with the momenta turned
around, leads back: x' = M x has M (turned x') = turned x, and \Delta H of the way back is the opposite. With
x distributed like e^{-H}, any function g has therefore

.. math:: \langle g(\Delta H) \rangle = \langle e^{-\Delta H} g(-\Delta H) \rangle,
          \qquad P(-\Delta H) = e^{-\Delta H} P(\Delta H).

g = 1 gives <e^{-\Delta H}> = 1, whose terms have no bound: a single rare trajectory may be most of the mean
and of its error. With g(d) = min(1, e^{-d}) o(d) and o odd, both sides are opposite, so

.. math:: \langle \min(1, e^{-\Delta H})\, o(\Delta H) \rangle = 0:

among accepted trajectories a gain of energy is as frequent as the same loss.

Source: Crooks, Phys. Rev. E 60 (1999) 2721; of hybrid Monte Carlo Creutz, Phys. Rev. D 38 (1988) 1228.
"""

import numpy as np


def energy_balance(delta_h: np.ndarray) -> np.ndarray:
    r"""min(1, e^{-\Delta H}) tanh(\Delta H): between -1 and 0.31, of mean 0 in equilibrium.

    Trajectories that run into a zero of the weight gain much energy and count nothing here, nor do those on
    which they would come back and which are never met; they are missing from <e^{-\Delta H}>.

    Parameters
    ----------
    delta_h : array
        Energy violations, whether the trajectory was accepted or not; infinite where it overflowed.
    """
    return np.exp(-np.maximum(delta_h, 0)) * np.tanh(delta_h)
