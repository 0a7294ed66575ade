"""Tables of a scan as the collectors write them, with numbers that are easy to judge."""

import pandas as pd

from pomflow.report.differences import FORBIDDEN
from pomflow.stages.scan.collect_scan import HEALTH

GOOD = {"acceptance": 0.9, "acceptance_min": 0.8, "exp_dh": 1.001, "tau_int": 1.5, "ess": 900.0}


def scan_table(mus=(0.0, 1.0, 2.0), **changed) -> pd.DataFrame:
    """scan.csv where every gate has passed and all differences are one error; columns may be changed."""
    table = pd.DataFrame({"mu": list(mus)})
    for name in ("apf_re", "apf0_re", "density", "density0", "phi2", "phi20", *FORBIDDEN):
        table[name], table[f"{name}_err"] = 0.5, 0.01
    for name in FORBIDDEN:
        table[name] = 0.01
    for name in ("density", "phi2", "apf0"):
        table[f"{name}_exact"], table[f"{name}_exact_err"], table[f"{name}_pull"] = 0.51, 0.0, -1.0
    table["density_mf"] = 0.4
    for name in HEALTH:
        table[name] = GOOD.get(name, 0.01)
    table["status"] = table["status0"] = "ok"
    return table.assign(**changed)
