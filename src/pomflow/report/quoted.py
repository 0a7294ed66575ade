"""The numbers that captions quote, read when Snakemake fills in the first caption."""

import json
import re
from functools import cached_property
from pathlib import Path

from pomflow.errors import StoreError

# what reStructuredText would take for markup
MARKUP = re.compile(r"([\\*`|_<>])")


class Quoted:
    """``quoted[NAME]`` is a part of the file ``numbers`` of the stage collect_report, ready for captions.

    A run that makes the report at its end reads the rules before that file exists.
    """

    def __init__(self, path: str):
        self.path = path

    def __getitem__(self, name: str):
        return self._parts.get(name)

    @cached_property
    def _parts(self) -> dict:
        try:
            numbers = json.loads(Path(self.path).read_text(encoding="utf-8"))
        # what is no JSON, or no text, is a ValueError
        except (OSError, ValueError) as error:
            remedy = "Run snakemake with the target report first."
            why = getattr(error, "strerror", None) or error
            raise StoreError(self.path, f"has no numbers for the captions ({why})", remedy) from error
        return escaped(numbers)


def escaped(value):
    """The same with every text as captions may contain it."""
    if isinstance(value, dict):
        return {key: escaped(member) for key, member in value.items()}
    if isinstance(value, list):
        return [escaped(member) for member in value]
    return MARKUP.sub(r"\\\1", value) if isinstance(value, str) else value
