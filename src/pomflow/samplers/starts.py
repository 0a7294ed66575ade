"""Where chains begin: in noise, at zero, or at the classical configuration."""

from pomflow.contours.path import Path
from pomflow.random.stream import Stream

HOT_WIDTH = 1.0
# noise on an ordered start, so that no two chains begin alike
ORDERED_WIDTH = 0.1


def start(kind: str, path: Path, chains: int, stream: Stream):
    """Fields and the kind of start of each chain.

    Parameters
    ----------
    kind : {'hot', 'cold', 'ordered', 'mixed'}
        Normal noise, zero, the action's classical configuration, or hot and ordered in turn, which lets
        thermalization be checked.

    Returns
    -------
    t : array, shape (chains, n)
    kinds : list of str
    """
    xp = path.action.xp
    hot = HOT_WIDTH * stream.child("hot").normals(0, chains, path.action.size)
    fields = {
        "hot": hot,
        "cold": 0 * hot,
        "ordered": path.action.ordered_start(stream.child("ordered"), chains) + ORDERED_WIDTH * hot,
    }
    if kind != "mixed":
        return fields[kind], [kind] * chains
    even = xp.arange(chains)[:, None] % 2 == 0
    kinds = ["ordered" if chain % 2 else "hot" for chain in range(chains)]
    return xp.where(even, fields["hot"], fields["ordered"]), kinds
