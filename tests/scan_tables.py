"""Tables of a scan as the collectors write them, with numbers that are easy to judge, and their studies."""

import itertools
from typing import ClassVar

import numpy as np
import pandas as pd

from pomflow import registry
from pomflow.config.scan import Study
from pomflow.models.base import Model, Parameter, Variables
from pomflow.models.observables import observable
from pomflow.stages.scan.collect_scan import ADDED, HEALTH
from pomflow.stages.scan.columns import CONTROLLED, GAIN
from pomflow.stages.scan.measure_observables import JACKKNIFE

GOOD = {
    "acceptance": 0.9,
    "acceptance_min": 0.8,
    "exp_dh": 1.001,
    "dh_balance": 0.001,
    "tau_int": 1.5,
    "ess": 900.0,
}
PHI4 = {"model": "complex_phi4", "parameters": {"mass": 1.0, "coupling": 0.5}, "worm": {"enabled": True}}
PHI4 |= {"over": {"mu": [0.0, 1.0, 2.0]}, "contours": ["dense"], "lattices": [[4, 4]]}


class Tilted(Model):
    """A theory whose partition function is complex; nobody has to compute with it."""

    title = r"tilted $\chi^6$"
    variables = Variables("real", per_site=1)
    parameters: ClassVar = {
        "tilt": Parameter("Tilt.", symbol=r"\theta"),
        "n_flavours": Parameter("Flavours.", 2, integer=True),
        "boundary": Parameter("How it ends.", "open", choices=("open", "closed")),
    }
    vanishing = ("odd_part", "slant_im")

    def value(self, z):
        return (z * z).sum(axis=1)

    def gradient(self, z):
        return 2 * z

    @observable("slant of everything", "degrees", symbol=r"\sigma_z")
    def slant(self, point):
        return point.z.mean(axis=1)

    @observable("odd part")
    def odd_part(self, point):
        return point.z.sum(axis=1)


def phi4(**changed) -> Study:
    """A study of the complex scalar field along mu; sections may be changed."""
    return Study("phi4", PHI4 | changed)


def two_axes() -> Study:
    """The same on a grid of mu and the coupling."""
    return phi4(parameters={"mass": 1.0}, over={"mu": [0.0, 1.0], "coupling": [0.5, 2.0]})


def tilted(monkeypatch) -> Study:
    """A study of another model, whose observables have other names, registered for one test."""
    monkeypatch.setitem(registry.MODELS, "tilted", "scan_tables:Tilted")
    settings = {"model": "tilted", "parameters": {"n_flavours": 3}, "over": {"tilt": [0.5, 1.5]}}
    return Study("tilted", PHI4 | settings)


def scan_table(study: Study | None = None, **changed) -> pd.DataFrame:
    """scan.csv where every gate has passed and all differences are one error; columns may be changed.

    With exact values of all observables and of the phase of the plane, and in complex phi^4 a mean field;
    numbers made from means and control variates have none.
    """
    study = study or phi4()
    points = itertools.product(*(map(float, texts) for texts in study.axes.values()))
    table = pd.DataFrame(points, columns=list(study.axes))
    names = list(study.observables)
    vanishing = {*study.model.vanishing, *(["apf0_im"] if "apf_im" in study.model.vanishing else [])}
    parts = [part for name in names for part in (name, f"{name}_im", f"{name}0")]
    for name in ("apf_re", "apf_im", "apf0_re", "apf0_im", *parts):
        table[name], table[f"{name}_err"] = (0.01 if name in vanishing else 0.5), 0.01
    for name in (*names, "apf0"):
        table[f"{name}_exact"], table[f"{name}_exact_err"], table[f"{name}_pull"] = 0.51, 0.0, -1.0
    if study.model.stated("mean_field"):
        table[f"{names[0]}_mf"] = 0.4
    for name in (*HEALTH, *ADDED):
        table[name] = GOOD.get(name, 0.01)
    table["independence"] = 0.7
    for name in (*study.numbers, *(f"{name}{CONTROLLED}" for name in names)):
        table[name], table[f"{name}_err"] = 0.25, 0.01
    for name in names:
        table[f"{name}{GAIN}"] = 123.4
    table[JACKKNIFE] = 1.5
    table["status"] = table["status0"] = "ok"
    return table.assign(**changed)


def series_tables(study: Study, **changed) -> dict[str, pd.DataFrame]:
    """The csv of every series of a study: three places in every dimension, one error from exact values."""
    found = {}
    for name, one in study.series.items():
        axes = [list(map(float, texts)) for texts in study.axes.values()]
        places = itertools.product(*axes, *([range(3)] * len(one.dimensions)))
        table = pd.DataFrame(places, columns=[*study.axes, *one.dimensions])
        numbers = {"": 0.5, "_err": 0.01, "_exact": 0.51, "_exact_err": 0.0, "_pull": -1.0}
        found[name] = table.assign(**{f"{name}{end}": value for end, value in numbers.items()} | changed)
    return found


def curves_table(study: Study, **changed) -> pd.DataFrame:
    """curves.csv at the points themselves."""
    table = scan_table(study)[list(study.axes)]
    parts = [part for name in study.observables for part in (name, f"{name}_im")]
    for name in (*parts, "ln_z", "ln_z_im", "pressure"):
        table[name], table[f"{name}_err"] = 0.5, 0.01
    return table.assign(**{"ess": 900.0, "status": "ok", "ln_z_status": "ok"} | changed)


def comparison_table(study: Study, methods=("plane", "dense", "langevin"), **changed) -> pd.DataFrame:
    """contours.csv of one lattice: the phase falls from point to point, Langevin dynamics has none."""
    points = list(itertools.product(*(map(float, texts) for texts in study.axes.values())))
    rows = []
    for method, (place, point) in itertools.product(methods, enumerate(points)):
        phase = np.nan if method == "langevin" else 0.9 - 0.1 * place
        row = {"lattice": "4x4", "method": method, **dict(zip(study.axes, point, strict=True))}
        row |= {"apf_re": phase, "apf_re_err": 0.01}
        for name in study.observables:
            value = 0.01 if name in study.model.vanishing else 0.5
            row |= {name: value, f"{name}_err": 0.01, f"{name}_pull": 0.3}
        row |= dict.fromkeys(("train_seconds", "sample_seconds", "ess"), 20.0)
        rows.append(row | {"ess_per_second": 1.0, "seconds_to_percent": 7.0, "status": "ok"})
    return pd.DataFrame(rows).assign(**changed)
