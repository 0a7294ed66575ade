"""What sections that run chains ask of a model, and not every model has; and which runs they start from."""

import itertools
import os
import string
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from pomflow.config.scan import PLANE, Study
from pomflow.config.trainings import FIRST, further_trainings, label_of
from pomflow.errors import ConfigError
from pomflow.models.base import check_start, check_windings
from pomflow.samplers.starts import FROM

# what a path of samples may leave open, to be filled in at every point
OPEN = ("study", "lattice", "contour", "point")


def check_chains(where: str, study: Study) -> None:
    """Refuse starts and proposals that the model of a study does not offer.

    Raises
    ------
    ConfigError
        Naming the field, below ``where``.
    """
    for section, settings in study.settings.items():
        if isinstance(settings, dict) and "start" in settings:
            check_start(f"{where}.{section}.start", study.model, settings["start"])
            check_windings(f"{where}.{section}.windings", study.model, settings.get("windings", 0))
            _check_from(f"{where}.{section}", settings["start"], settings.get(FROM, ""))


def _check_from(where: str, kind: str, path: str) -> None:
    """A start from another run says from which, and no other start does."""
    field = f"{where}.{FROM}"
    if kind != FROM and path:
        raise ConfigError(field, f"is not used by the start '{kind}'", "Write start: from, or leave it out.")
    if kind == FROM and not path:
        raise ConfigError(field, "is missing", "Name the file of samples whose last configurations it means.")
    remedy = f"In braces may stand {', '.join(OPEN)}."
    try:
        named = [name for _, name, _, _ in string.Formatter().parse(path) if name is not None]
    except ValueError as error:
        raise ConfigError(field, f"its braces do not pair up ({error})", remedy) from None
    if unknown := next((name for name in named if name not in OPEN), None):
        raise ConfigError(field, f"'{{{unknown}}}' stands for nothing", remedy)


def source(study: Study, section: str, place: Mapping[str, str]) -> str | None:
    """The file of samples whose last configurations are the first ones of ``plane`` or ``hmc`` at a place.

    Parameters
    ----------
    study : Study
    section : {'plane', 'hmc'}
    place : mapping
        ``lattice``, ``contour`` and ``point``.
    """
    path = study.settings[section][FROM]
    filled = {"contour": PLANE} | dict(place) | {"study": study.name}
    return path.format_map(filled) if path else None


def require_sources(studies: Iterable[Study], folder, stale: Collection[str]) -> None:
    """Refuse starts from samples that nothing makes, or that would be made from themselves.

    Parameters
    ----------
    studies : iterable of Study
    folder : path-like
        The results of the scan.
    stale : collection of str
        Paths below it that are to be made anew. Samples that are there and need not be made ask for no file.

    Raises
    ------
    ConfigError
        Naming the field.
    """
    for study in studies:
        for (lattice, contour), point in itertools.product(study.sampled, study.points):
            place = {"lattice": lattice, "contour": contour, "point": point}
            for training in (FIRST, *further_trainings(study, contour)):
                _require_source(study, place, label_of(training), folder, stale)


def _require_source(study: Study, place: dict, training: str, folder, stale: Collection[str]) -> None:
    section = "plane" if place["contour"] == PLANE else "hmc"
    path = source(study, section, place)
    if path is None:
        return
    field, own = f"studies.{study.name}.{section}.{FROM}", Path(folder) / study.name
    if _is_below(path, own) and (
        section == "plane" or not _is_below(path, own / f"L{place['lattice']}" / PLANE)
    ):
        what = f"{path} is made by the chains that are to start from it"
        raise ConfigError(
            field, what, "Name samples of another scan or study; on a contour also of the plane."
        )
    made = own / f"L{place['lattice']}" / f"{place['contour']}{training}" / place["point"] / "samples.nc"
    if _is_below(path, folder) or Path(path).exists() or (made.exists() and str(made) not in stale):
        return
    raise ConfigError(field, f"there is no file {path}", "Run the scan that makes it, or name another one.")


def _is_below(path, folder) -> bool:
    return Path(os.path.abspath(path)).is_relative_to(os.path.abspath(folder))
