"""Curves of a study: values between the points of its first axis, at which the theory has to exist."""

import itertools
from collections.abc import Iterable

import numpy as np

from pomflow.config.scan import DECIMALS, Study, texts_of
from pomflow.errors import ConfigError
from pomflow.lattice import Lattice


def with_values_between(values: Iterable[float], number: int) -> list[float]:
    """Increasing values, and between each two of them so many more at equal distances.

    Examples
    --------
    >>> with_values_between([0.0, 0.3, 1.0], 2)
    [0.0, 0.1, 0.2, 0.3, 0.5333333333, 0.7666666667, 1.0]
    """
    values = list(values)
    found = values[:1]
    for low, high in itertools.pairwise(values):
        inner = np.linspace(low, high, number + 2)[1:-1].round(DECIMALS)
        found += [*map(float, inner), high]
    return found


def middles(values: Iterable[float]) -> list[float]:
    """The value in the middle of each two neighbours."""
    return with_values_between(values, 1)[1::2]


def check_curves(where: str, study: Study) -> None:
    """Refuse curves along an axis that has nothing between its values, or where the theory does not exist.

    Raises
    ------
    ConfigError
        Naming the field, below ``where``.
    """
    number, axis = study.settings["curves"]["points"], study.first_axis
    if not number:
        return
    field, values = f"{where}.curves.points", list(map(float, study.axes[axis]))
    if study.model.parameters[axis].integer:
        remedy = "Take 0, or another first axis."
        raise ConfigError(field, f"the first axis, '{axis}', has no values between whole numbers", remedy)
    if len(values) == 1:
        remedy = "Take 0, or give the axis more values."
        raise ConfigError(field, f"the first axis, '{axis}', has one value", remedy)
    # also where no value of the curve is: there the ratios of Z are put together
    wanted = sorted({*with_values_between(values, number), *middles(values)})
    lines = [point for point in study.points if texts_of(point)[axis] == study.axes[axis][0]]
    for lattice, point, value in itertools.product(study.lattices, lines, wanted):
        try:
            study.model.check(Lattice.parse(lattice), study.values(point) | {axis: value})
        except ConfigError as error:
            what = f"at {axis} = {value:g}, between two points, {error.what}"
            raise ConfigError(field, what, "Take 0, or other points.") from None
