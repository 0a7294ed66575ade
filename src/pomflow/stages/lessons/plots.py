"""Drawing of the lessons."""

from pomflow.io import netcdf
from pomflow.plotting import common
from pomflow.stages.lessons.teach_lesson import KIND, ROWS


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """The figure of the lesson ``params['lesson']``."""
    lesson = netcdf.read(inputs["lesson"], KIND, ROWS)
    common.make(f"lesson_{params['lesson']}", outputs, params, lesson)
