r"""The square of the spatial current of a complex scalar field, which layers may see, as array code.

.. math::
    e_y = \sum_i \big( j_{y,i}^2 + j_{y-i,i}^2 \big), \qquad
    j_{y,i} = \frac{1}{2i} (v_y u_{y+i} - u_y v_{y+i})

with the sum over the directions of space. Here u and v are fields of some time slices, shape (batch, sites);
``ahead`` and ``behind`` hold the sites that follow and precede each in every direction, shape (sites, d - 1).
"""

from pomflow.numerics.backend import namespace


def squares(u, v, ahead, behind):
    """e_y, shape (batch, sites)."""
    total = namespace(u).zeros_like(u)
    for direction in range(ahead.shape[1]):
        following, preceding = ahead[:, direction], behind[:, direction]
        of_links = -(_doubled_current(u, v, following) ** 2) / 4
        total += of_links + of_links[:, preceding]
    return total


def pull_back(to_squares, u, v, ahead, behind):
    """Derivatives by u and v from those by e, shape (batch, sites) each."""
    to_u, to_v = (namespace(u).zeros_like(one) for one in (u, v))
    for direction in range(ahead.shape[1]):
        following, preceding = ahead[:, direction], behind[:, direction]
        to_links = -_doubled_current(u, v, following) * (to_squares + to_squares[:, following]) / 2
        to_u += (to_links * v)[:, preceding] - to_links * v[:, following]
        to_v += to_links * u[:, following] - (to_links * u)[:, preceding]
    return to_u, to_v


def _doubled_current(u, v, following):
    """2i j."""
    return v * u[:, following] - u * v[:, following]
