"""Errors a user can act on: each says where, what, and what to do about it."""

LONGEST_SHOWN = 60


class PomflowError(Exception):
    """One message in three parts.

    Parameters
    ----------
    where : str
        The config field, file or stage concerned.
    what : str
        What is wrong with it.
    remedy : str
        What to change.
    """

    def __init__(self, where: str, what: str, remedy: str):
        super().__init__(where, what, remedy)
        self.where, self.what, self.remedy = where, what, remedy

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.remedy}"


class ConfigError(PomflowError):
    """A value of the configuration cannot be used."""


class StoreError(PomflowError):
    """A file is missing, damaged, or not what the stage needs."""


class BackendError(PomflowError):
    """The array backend asked for cannot work on this machine."""


class DivergenceError(PomflowError):
    """Training or sampling left the region where its numbers mean anything."""


class LostError(DivergenceError):
    """A file holds no numbers, because what should have made them diverged."""


def first_line(error: Exception) -> str:
    """The first line of an error's message, or its type where it has none."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def shown(value) -> str:
    """A value as it stands in a message of one line."""
    huge = isinstance(value, int) and abs(value) >> 64
    # Python refuses to write out the digits of a huge number
    text = hex(value) if huge else repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 3]}..."
