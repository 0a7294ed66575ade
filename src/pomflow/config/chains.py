"""What the sections that run chains ask of a model, and not every model has."""

from pomflow.config.scan import Study
from pomflow.models.base import check_start, check_windings


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
