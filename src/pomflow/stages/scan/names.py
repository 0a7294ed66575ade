"""Names that no observable, quantity or axis can have: tables, figures or files have them already."""

from collections.abc import Collection, Iterator

from pomflow.models.base import Model
from pomflow.stages.scan.columns import ABOUT, ENDS, SWITCH_STATUS

# columns and dimensions of tables that are not in ABOUT
TABLES = {"point", "row", "volume", "status_trainings", SWITCH_STATUS}
TABLES |= {"train_seconds", "sample_seconds", "ess_per_second", "seconds_to_percent"}
# of quantities.nc, beside the numbers themselves
TABLES |= {"covariance", "number", "other_number"}
# of files of single points alone, in which no axis stands
ALONE = {"chain_length", "step_size", "largest_field", "virial", "time"}
# of a path, beside those that are drawn of its table; how names of figures of an observable begin
FIGURES = {"training", "history", "phase", "correlation"}
BEGINNINGS = ("curve_", "series_")
# tables in the folder of a path, where that of a series has its name
FILES = {"scan", "curves"}


def misfit(name: str, others: Collection[str], model: type[Model], figures: Collection[str]) -> str | None:
    """Why an observable or a quantity cannot have a name; None: it can.

    Parameters
    ----------
    name : str
    others : collection of str
        The names of all observables and quantities of the model, this one among them.
    model : type of Model
    figures : collection of str
        The names of the figures that are drawn of every table of a scan.
    """
    if name in model.parameters:
        return "a parameter of the model has this name"
    if name in ABOUT or name in TABLES:
        return "a column of the tables has this name"
    if name in figures or name in FIGURES:
        return "a figure has this name"
    if name in FILES:
        return "a table has this name"
    if why := _column_misfit(name, others):
        return why
    owner = next((other for other in others if name in (f"{begin}{other}" for begin in BEGINNINGS)), None)
    return None if owner is None else f"a figure of '{owner}' has this name"


def axis_misfit(name: str, others: Collection[str]) -> str | None:
    """Why a parameter that a table may run over cannot have a name; None: it can.

    Parameters
    ----------
    name : str
    others : collection of str
        The names of all observables and quantities of the model.
    """
    if name in TABLES or name in ABOUT.keys() - ALONE:
        return "a column of the tables has this name"
    return _column_misfit(name, others)


def _column_misfit(name: str, others: Collection[str]) -> str | None:
    """Whether a column that belongs to another name has this one, such as that of its errors."""
    owner = next((stem for stem in _stems(name) if stem in ABOUT or stem in others), None)
    return None if owner is None else f"a column of '{owner}' has this name"


def _stems(name: str) -> Iterator[str]:
    """A name without the ends of columns, such as density_im and density of density_im_err."""
    for end in ENDS:
        if name.endswith(end):
            stem = name.removesuffix(end)
            yield stem
            yield from _stems(stem)
