r"""Which transition a family of lattices can show, and which analysis of finite sizes fits it.

A lattice has an extent L_t in time and the same number of sites L in every direction of space (or extents in
fixed proportion to it). What grows with L decides which limit the lattices go to.

``thermal``
    L_t is the same on all. At the fixed temperature 1 / L_t the theory is a classical one in the d - 1
    directions of space, whatever the chemical potential.
``isotropic``
    L_t grows like L. In the limit the temperature is zero, and the theory a classical one in all d
    directions, if time and space are alike: the dynamical exponent is z = 1.
``quadratic``
    L_t grows like L^2, for a quantum transition with z = 2.

What is known of the transitions:

- In one direction nothing orders at a temperature, so there is no critical point to find.
- Where the phase of a field orders, U(1), in two directions, the transition is that of Berezinskii,
  Kosterlitz and Thouless. Every point below it is critical, dimensionless quantities meet there and do not
  cross, and the correlation length grows as exp(b t^{-1/2}), so that no power L^{1/nu} collapses the data.
  The stiffness K jumps from 2 / pi to zero, with corrections in ln L (``jump``).
- In four directions there are logarithms beside the powers, and above them a coupling is dangerously
  irrelevant: curves still cross, but do not scale with a power alone.
- Where a chemical potential mu drives the transition of the vacuum, or mu != 0 at it, particles and
  antiparticles are not alike: time counts twice, z = 2, and nu = 1/2. In one direction of space both are
  exact (free fermions). In two there are logarithms, and above a coupling is dangerously irrelevant, so that
  powers of L alone are not enough. The threshold itself is the energy of the first particle at rest, which
  comes from the weights of no charge and one (``onset``).

Notes
-----
Sources: Kosterlitz, Thouless, J. Phys. C 6 (1973) 1181; Nelson, Kosterlitz, Phys. Rev. Lett. 39 (1977) 1201
(the jump); Weber, Minnhagen, Phys. Rev. B 37 (1988) 5986 (its corrections); Fisher, Weichman, Grinstein,
Fisher, Phys. Rev. B 40 (1989) 546 (z = 2 at the generic transition of bosons, z = 1 where mu is zero by a
symmetry); Sachdev, Senthil, Shankar, Phys. Rev. B 50 (1994) 258 (one direction of space).
"""

import math
from collections.abc import Iterable

from pomflow.lattice import Lattice

THERMAL, ISOTROPIC, QUADRATIC = "thermal", "isotropic", "quadratic"
CROSSING, SCALING, JUMP, ONSET = "crossing", "scaling", "jump", "onset"
# two lattices fit any jump
FEWEST_LATTICES = {CROSSING: 2, SCALING: 2, JUMP: 3, ONSET: 1}
# how L_t grows with L
GROWTH = {THERMAL: 0, ISOTROPIC: 1, QUADRATIC: 2}
# what else there is in more than one direction of space
TIME = "With the same first extent, time, on all lattices there is a transition at a temperature."
# where the powers of free fermions hold
EXACT_POWERS = 1
# of classical fields
UPPER_DIMENSION = 4


def extent(lattice: str) -> int:
    """L, the largest extent in space.

    Examples
    --------
    >>> extent("32x4x4")
    4
    """
    return max(Lattice.parse(lattice).shape[1:])


def geometry(lattices: Iterable[str]) -> str | None:
    """'thermal', 'isotropic' or 'quadratic'; None of lattices that are no such family.

    Examples
    --------
    >>> geometry(["4x8x8", "4x12x12"]), geometry(["4x4", "6x6"]), geometry(["4x4", "16x8"])
    ('thermal', 'isotropic', 'quadratic')
    >>> geometry(["4x4", "6x6", "6x8"]), geometry(["4x8x8", "4x12x8"]), geometry(["4", "8"])
    (None, None, None)
    """
    shapes = sorted(Lattice.parse(lattice).shape for lattice in lattices)
    first = shapes[0]
    if len(first) == 1 or any(len(shape) != len(first) for shape in shapes):
        return None
    # whole numbers in place of ratios, which are not exact
    if any(
        a * first[1] != b * shape[1] for shape in shapes for a, b in zip(shape[1:], first[1:], strict=True)
    ):
        return None
    if len({shape[1] for shape in shapes}) < len(shapes):
        return None
    found = (
        name
        for name, power in GROWTH.items()
        if all(shape[0] * first[1] ** power == first[0] * shape[1] ** power for shape in shapes)
    )
    return next(found, None)


def directions(family: str, dimension: int) -> int:
    """Of the classical theory that the lattices go to: those of space, and time where it is like space."""
    return dimension if family == ISOTROPIC else dimension - 1


def misfit(method: str, family: str, dimension: int, phase: bool, charged: bool) -> tuple[str, str] | None:
    """Why an analysis does not fit, and a remedy; None where it does.

    Parameters
    ----------
    method : {'crossing', 'scaling', 'jump'}
    family : {'thermal', 'isotropic', 'quadratic'}
        The geometry.
    dimension : int
        Of the lattice, time included.
    phase : bool
        Whether the phase of a field orders, U(1).
    charged : bool
        Whether there is a chemical potential.
    """
    space, classical = dimension - 1, directions(family, dimension)
    quantum = family != THERMAL
    if quantum and phase and charged:
        return _misfit_of_vacuum(method, family, space)
    if method == JUMP and not phase:
        return "nothing is known to jump where no phase of a field orders", "Take crossing or scaling."
    if family == QUADRATIC:
        what = (
            "lattices whose L_t grows like L^2 are for a chemical potential, which the theory does not have"
        )
        return what, "Let all extents grow alike, or keep L_t."
    if classical < 2:
        what = "with L_t fixed they are one-dimensional, where nothing orders at a temperature"
        return what, "Let L_t grow as well; with a chemical potential like L^2, or take the method onset."
    if phase and classical == 2 and method != JUMP:
        what = (
            "a phase in two dimensions has a transition of Berezinskii, Kosterlitz and Thouless, "
            "without a crossing and without a power of L"
        )
        return what, "Take the method jump with the helicity modulus."
    if method == SCALING and classical >= UPPER_DIMENSION:
        return f"in {classical} dimensions there is more than a power of L", "Take the method crossing."
    if method == JUMP and classical != 2:
        return (
            f"the stiffness jumps in two dimensions, and these are {classical}",
            "Take crossing or scaling.",
        )
    return None


def _misfit_of_vacuum(method: str, family: str, space: int) -> tuple[str, str] | None:
    """At zero temperature, where the chemical potential makes a superfluid of the vacuum: z = 2, nu = 1/2."""
    if method == JUMP:
        remedy = f"Take the method onset. {TIME}" if space > EXACT_POWERS else "Take the method onset."
        return "nothing jumps where a chemical potential fills the vacuum, with z = 2 and nu = 1/2", remedy
    if space > EXACT_POWERS:
        remedy = f"Take the method onset. {TIME}"
        return f"the vacuum fills in {space} directions of space with more than powers of L", remedy
    if family != QUADRATIC:
        what = "with a chemical potential time counts twice, z = 2, and L_t grows like L"
        return what, "Let L_t grow like L^2, or take the method onset."
    return None


def stiffness_factor(lattice: str, family: str) -> float:
    r"""K / Upsilon: what makes a stiffness without units of a helicity modulus per site of space and time.

    The free energy of a twist theta of each link is -ln Z = V Upsilon theta^2 / 2, in two directions
    K (L theta)^2 / 2: K = L_t Upsilon at a temperature, and Upsilon where time is one of the two.

    Examples
    --------
    >>> stiffness_factor("4x16x16", "thermal"), stiffness_factor("8x8", "isotropic")
    (4.0, 1.0)
    """
    return float(Lattice.parse(lattice).shape[0]) if family == THERMAL else 1.0


def thermal_shift(energy: float, lattice: str) -> float:
    r"""How far the first moving states lower the onset on a lattice that is not quite cold.

    .. math::
        \delta = \frac{1}{L_t} \ln\big(1 + 2 d_s\, e^{-L_t (E(2 \pi / L) - E(0))}\big), \qquad
        \cosh E(p) = \cosh E(0) + 1 - \cos p

    of a free particle on the lattice in d_s directions of space.

    Parameters
    ----------
    energy : float
        E(0), that of the particle at rest.
    lattice : str
    """
    moving = math.acosh(math.cosh(energy) + 1 - math.cos(2 * math.pi / extent(lattice)))
    time, *space = Lattice.parse(lattice).shape
    return math.log1p(2 * len(space) * math.exp(-time * (moving - energy))) / time
