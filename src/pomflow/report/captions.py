"""Captions of figures as HTML: the templates of the report, filled in with the numbers of a scan."""

from collections.abc import Mapping

from docutils.core import publish_parts
from jinja2 import Environment, StrictUndefined

from pomflow.report.quoted import escaped

# severity of docutils from which a caption is refused: what it cannot read would stand on the page
ERROR = 3
READING = {
    "halt_level": ERROR,
    "report_level": ERROR,
    "warning_stream": False,
    "file_insertion_enabled": False,
    "raw_enabled": False,
    # a file of settings in the folder where it runs
    "_disable_config": True,
}


class Captions:
    """Captions by the names of their templates: reStructuredText with Jinja2, read as Snakemake does.

    Parameters
    ----------
    templates : mapping
        The texts of the templates by name.
    numbers : dict
        What they quote, from the stage collect_report.
    """

    def __init__(self, templates: Mapping[str, str], numbers: dict):
        environment = Environment(trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
        self._templates = {name: environment.from_string(text) for name, text in templates.items()}
        self._quoted = escaped(numbers)

    def html(self, name: str, wildcards: Mapping[str, str]) -> str:
        """The caption of a figure with these wildcards, which are those of the rule that drew it."""
        snakemake = {"config": {"quoted": self._quoted}, "wildcards": wildcards}
        text = self._templates[name].render(snakemake=snakemake)
        return publish_parts(text, writer="html5", settings_overrides=READING)["body"]
