"""What is made from means, series and curves as pages."""

from collections.abc import Iterator, Mapping

import pandas as pd

from pomflow.config.scan import Study
from pomflow.report import page
from pomflow.report.differences import LARGE
from pomflow.report.tables import column, explained, failed, point_columns, with_units
from pomflow.report.values import lattice_name, number, observable_symbols, quantity_symbols, sigmas
from pomflow.stages.scan.columns import CONTROLLED, GAIN

QUANTITIES = """
Made from several means of the same configurations, on the optimized path: {numbers}. Differences from exact
values are on the page of the pulls. The last column is the largest difference of an error of this row from
that of a jackknife over chains, in its own standard error; above 4 the errors are not to be trusted.
"""
CONTROL_VARIATES = """
The same means with smaller errors: what they have in common with functions of mean zero is subtracted. The
gain is by how much the variance is smaller, so by how much longer a run without them would be.
"""
SERIES = """
Values of one series at one point come from the same configurations and move together: judge a fit by the
covariance in quantities.nc, not by eye. The pull is measured − exact, over the combined error.
"""
CURVES = """
Between the points nothing is simulated: every value is reweighted with complex weights from the contours of
both neighbours. ln|Z / Z₀| and the pressure, its share of a site, are relative to the first point. Values of
neighbouring rows are not independent. ESS is the effective number of configurations of all contours that
serve a value.
"""


def quantities(table: pd.DataFrame, study: Study, lattice: str, contour: str) -> str:
    """Susceptibilities and their like beside exact values, and observables with control variates."""
    symbols = quantity_symbols(study)
    columns = point_columns(table, study) | {"status": table["status"]}
    for name, text in symbols.items():
        columns[text] = column(table, name)
        if f"{name}_exact" in table:
            columns[f"{text} exact"] = column(table, f"{name}_exact")
    columns["jackknife"] = [number(value, 2) for value in table["jackknife"]]
    words = explained(symbols, study.numbers)
    return page.tabular(
        f"Susceptibilities and more, {study.name} {lattice_name(lattice)} {contour}",
        QUANTITIES.format(numbers=words or "nothing in this model"),
        page.table(columns, failed(table), left={"status": "text"}),
        *_control_variates(table, study),
    )


def _control_variates(table: pd.DataFrame, study: Study) -> Iterator[str]:
    """The table of control variates with its heading, if there are any."""
    if not study.model.has_identities():
        return
    columns = point_columns(table, study) | {"status": table["status"]}
    for name, text in observable_symbols(study).items():
        columns |= {
            text: column(table, name),
            f"{text} with control variates": column(table, f"{name}{CONTROLLED}"),
        }
        if f"{name}_exact" in table:
            columns[f"{text} exact"] = column(table, f"{name}_exact")
        columns[f"{text} gain"] = [number(value, 3) for value in table[f"{name}{GAIN}"]]
    yield page.heading("Control variates")
    yield page.words(CONTROL_VARIATES)
    yield page.table(columns, failed(table), left={"status": "text"})


def series(
    tables: Mapping[str, pd.DataFrame], scan: pd.DataFrame, study: Study, lattice: str, contour: str
) -> str:
    """All series of one path, by their names; ``scan`` is the table that judges the points."""
    parts = []
    for name, table in tables.items():
        parts += [page.heading(with_units(study.series[name])), _one_series(name, table, scan, study)]
    return page.tabular(f"Series, {study.name} {lattice_name(lattice)} {contour}", SERIES, *parts)


def _one_series(name: str, table: pd.DataFrame, scan: pd.DataFrame, study: Study) -> str:
    judged = table.merge(scan[[*study.axes, "status"]], on=list(study.axes), how="left")
    columns = point_columns(judged, study)
    columns |= {dimension: map(str, judged[dimension]) for dimension in study.series[name].dimensions}
    columns["value"], large = column(judged, name), {}
    if f"{name}_pull" in judged:
        pulls = judged[f"{name}_pull"]
        columns |= {"exact": column(judged, f"{name}_exact"), "pull": map(sigmas, pulls)}
        large["pull"] = pulls.abs() > LARGE
    return page.table(columns, failed(judged), large)


def curves(table: pd.DataFrame, study: Study, lattice: str, contour: str) -> str:
    """Observables and ln Z at the points and between them."""
    columns = point_columns(table, study) | {"status": table["status"]}
    for name, text in observable_symbols(study).items():
        columns[text] = column(table, name)
        if f"{name}_im" not in study.model.vanishing:
            columns[f"Im {text}"] = column(table, f"{name}_im")
    columns |= {
        "ESS": [number(value, 3) for value in table["ess"]],
        "ln|Z / Z₀|": column(table, "ln_z"),
        "pressure": column(table, "pressure"),
        "status of ln Z": table["ln_z_status"],
    }
    left = dict.fromkeys(("status", "status of ln Z"), "text")
    return page.tabular(
        f"Curves, {study.name} {lattice_name(lattice)} {contour}",
        CURVES,
        page.table(columns, failed(table), left=left),
    )
