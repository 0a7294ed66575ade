"""The table of a scan for a paper and for a page."""

from pathlib import Path

from pomflow.config.scan import Study
from pomflow.io import netcdf
from pomflow.report import typeset
from pomflow.stages.report.collect_report import read_table


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['latex']`` and ``outputs['markdown']`` from ``inputs['table']``, a scan.csv.

    Parameters
    ----------
    params : dict
        ``study`` (its name), ``model``, ``over`` (the axes), ``worm``, and ``lattice``, ``contour``.
    """
    study = Study(params["study"], params)
    table = read_table(inputs["table"], [*study.axes, "apf_re", "status"])
    place = study, params["lattice"], params["contour"]
    source = Path(inputs["table"]).name
    netcdf.write_text(typeset.latex(table, *place, source), outputs["latex"])
    netcdf.write_text(typeset.markdown(table, *place), outputs["markdown"])
