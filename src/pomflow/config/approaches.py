"""Approaches of a study, of parameters that can move and from where the theory exists."""

import itertools

from pomflow.config.messages import did_you_mean
from pomflow.config.scan import Study, values_of
from pomflow.contours.base import SECTIONS
from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.models.base import require_values


def check_approaches(where: str, study: Study) -> None:
    """Refuse values at which no training can begin; ``where`` is the name of the section of the study."""
    for section in SECTIONS.values():
        field, starts = f"{where}.{section}.approach", study.settings[section]["approach"]
        if starts:
            _check_names(field, starts, study)
            _check_values(field, starts, study)


def _check_names(field: str, starts: dict, study: Study) -> None:
    """A straight line to the value at the point passes between whole numbers and between texts."""
    known = study.model.parameters
    moving = [name for name, one in known.items() if not (one.integer or one.choices)]
    for name in starts:
        if name not in moving:
            what = "it takes no values between" if name in known else "the model has no such parameter"
            raise ConfigError(f"{field}.{name}", what, did_you_mean(name, moving, "Take one of"))


def _check_values(field: str, starts: dict, study: Study) -> None:
    """The theory has to exist where training begins, at every point and on every lattice."""
    try:
        for lattice, point in itertools.product(study.lattices, study.points):
            given = study.settings["parameters"] | values_of(point) | starts
            study.model.check(Lattice.parse(lattice), require_values(study.model, given))
    except ConfigError as error:
        name = error.where.removeprefix("parameters.")
        place = f"{field}.{name}" if name in starts else field
        raise ConfigError(place, error.what, error.remedy) from None
