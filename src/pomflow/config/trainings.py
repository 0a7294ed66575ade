"""Several trainings of one contour: how they are named, and which studies can have them."""

from collections.abc import Mapping

from pomflow.config.scan import Study
from pomflow.errors import ConfigError
from pomflow.samplers.starts import FROM

FIRST = 1


def label_of(training: int) -> str:
    """What a training adds to the name of its contour, in paths and in random streams; the first one nothing.

    Examples
    --------
    >>> label_of(1), label_of(3)
    ('', ',training=3')
    """
    return "" if training == FIRST else f",training={training}"


def training_of(label: str) -> int:
    """The training of which this is the label.

    Examples
    --------
    >>> training_of(""), training_of(",training=3")
    (1, 3)
    """
    return int(label.partition("=")[2] or FIRST)


def label_in(settings: Mapping) -> str:
    """The label of the training of a job; its settings state which one if it is not the first."""
    return label_of(settings.get("training", FIRST))


def run_name(settings: Mapping) -> str:
    """Study, lattice, contour with its training, and point of a job: what names an ensemble of its own.

    Examples
    --------
    >>> place = {"study": "phi4", "lattice": "4x4", "contour": "dense", "point": "mu=0.4"}
    >>> run_name(place), run_name(place | {"training": 2})
    ('phi4 4x4 dense mu=0.4', 'phi4 4x4 dense,training=2 mu=0.4')
    """
    contour = f"{settings['contour']}{label_in(settings)}"
    return " ".join([settings["study"], settings["lattice"], contour, settings["point"]])


def further_trainings(study: Study, contour: str) -> list[int]:
    """The trainings of a contour of the study after the first one, by their numbers.

    None of a contour that is not trained, such as the plane.
    """
    trained = {name for _, name in study.trained}
    return list(range(FIRST + 1, study.settings["seeds"] + 1)) if contour in trained else []


def check_trainings(where: str, study: Study) -> None:
    """Refuse several trainings where nothing is trained, or where their samples would begin as one.

    Raises
    ------
    ConfigError
        Naming the field, below ``where``.
    """
    if study.settings["seeds"] == FIRST:
        return
    if not study.trained:
        remedy = "Take 1, or name a contour that is trained."
        raise ConfigError(f"{where}.seeds", "no contour of the study is trained", remedy)
    hmc = study.settings["hmc"]
    if hmc["start"] == FROM and not hmc["thermalization"]:
        what = "the samples of all trainings would begin with the same configurations"
        remedy = "Give hmc a thermalization, in which they forget them, or another start."
        raise ConfigError(f"{where}.seeds", what, remedy)
