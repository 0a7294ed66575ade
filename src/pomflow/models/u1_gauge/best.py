r"""The largest average phase factor that a path of a single plaquette can have, in closed form.

Z is the same on all paths, and Z_pq of a path is its length in the metric |w(z)| |dz|, w = exp(beta cos z):
the best path is the shortest. The metric is flat, as |w dz| = |dW| with W(z) = int w dz: shortest paths are
straight lines in the plane of W, on which the phase of w dz is constant, and turn only where w vanishes. It
does so at infinity, in one valley of the upper half plane and one of the lower for each period: U, L, and
U' = U + 2 pi. With Re beta >= 0 and Im beta >= 0 they stand in this order, and

.. math::
    a = W(L) - W(U) = 2\pi I_0(\beta) - 2i K_0(\beta), \qquad b = W(U') - W(L) = 2i K_0(\beta),
    \qquad a + b = Z .

A path runs below every U and above every L. Where the polygon U, L, U' turns to the left at L,
0 <= arg(b / a), it is no shortest path: a straight line from some z to z + 2 pi is, and no phase is left.
Where it turns to the right, it is the shortest, and

.. math:: \mathrm{APF}_{\max} = \frac{|Z|}{|a| + |b|} = \frac{1}{|k| + |1 - ik|}, \qquad
    k = \frac{K_0(\beta)}{\pi I_0(\beta)} .

On the imaginary axis it turns to the right above beta = 0.8936 i, the zero of Y_0, and the best average phase
factor is |J_0| / |H_0|. Reflections of z and P -> P + pi give the other quadrants, and a complex displacement
of P makes one coupling sqrt(beta^2 - (theta / 2 pi)^2) of coupling and theta term.

Contours that no deformation makes perfect: Lawrence and Yamauchi, arXiv:2311.13002, with a bound for many
variables.
"""

import cmath
import math

from scipy.special import ive, kve

# arg(b / a) falls with Im beta, from above 0 to -pi at about 2.4; up to here the principal value is the angle
FIRST_TURN = math.pi / 2


def of_independent_plaquettes(model) -> float:
    """The power V of the best average phase factor of a plaquette.

    It is the best phase of plaquettes that are independent, as with open boundaries. On a torus their sum is
    fixed; there it is no bound but a yardstick.
    """
    return one_plaquette(model.beta, model.theta) ** model.lattice.volume


def one_plaquette(beta: complex, theta: float = 0.0) -> float:
    """The best average phase factor of int dP exp(beta cos P - i theta sin P / 2 pi).

    Examples
    --------
    >>> [round(one_plaquette(beta), 4) for beta in (0.5j, 1j, 2j, 1 + 0.5j, 1 + 1j)]
    [1.0, 0.9934, 0.4017, 1.0, 0.9957]
    """
    coupling = cmath.sqrt(beta**2 - (theta / (2 * math.pi)) ** 2)
    coupling = complex(abs(coupling.real), abs(coupling.imag))
    if coupling.imag == 0:
        return 1.0
    # kve is exp(beta) K_0, and ive exp(-|Re beta|) I_0
    k = kve(0, coupling) / ive(0, coupling) / math.pi * cmath.exp(-coupling - coupling.real)
    if coupling.imag < FIRST_TURN and k.real >= 0:
        return 1.0
    return float(1 / (abs(k) + abs(1 - 1j * k)))
