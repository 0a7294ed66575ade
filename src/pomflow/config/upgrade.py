"""Configurations of earlier releases."""

from pomflow.errors import ConfigError

OLD_SECTION = "phi4"


def refuse_old_form(config: dict) -> None:
    raise ConfigError("phi4", "this section has a new form", "`python -m pomflow upgrade FILE` writes it.")
