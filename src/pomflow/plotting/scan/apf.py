"""Average phase factor with and without optimization against the first axis."""

import numpy as np

from pomflow import registry
from pomflow.plotting import common


def draw(scan, attrs):
    """<exp(i theta)> on the optimized contour and on the plane, exact values of the latter, the best path.

    Its real part, or its modulus where no symmetry makes it real.
    """
    model = registry.load("model", attrs["model"])
    real = "apf_im" in model.vanishing
    sheet, parts = common.panels(scan, attrs)
    for axes, _, rows in parts:
        rows = rows if real else _moduli(rows)
        common.contour_points(axes, rows, "apf_re", attrs)
        if model.plane:
            common.plane_points(axes, rows, "apf0_re", attrs, "undeformed plane")
            common.exact_points(axes, rows, "apf0", attrs)
        if "apf_best" in rows:
            x = rows[attrs["axes"][0]]
            axes.plot(x, rows["apf_best"], ":", color=common.MEAN_FIELD, label="best path", zorder=1)
        measured = ["apf_re", "apf0_re"] if model.plane else ["apf_re"]
        axes.set_ylim(min(-0.05, *(1.05 * rows[name].min() for name in measured)), 1.06)
    label = r"Re $\langle e^{i\theta} \rangle$" if real else r"$|\langle e^{i\theta} \rangle|$"
    common.finish(sheet, parts, attrs, "Average phase factor", label)
    return sheet


def _moduli(rows):
    """The table with moduli in place of real parts."""
    found = {}
    for name in [name for name in ("apf", "apf0") if f"{name}_re" in rows]:
        (real, error), (imaginary, imaginary_error) = (
            (rows[f"{name}_{part}"], rows[f"{name}_{part}_err"]) for part in ("re", "im")
        )
        modulus = np.hypot(real, imaginary)
        found |= {f"{name}_re": modulus}
        found |= {f"{name}_re_err": np.hypot(real * error, imaginary * imaginary_error) / modulus}
    if "apf0_im_exact" in rows:
        found["apf0_exact"] = np.hypot(rows["apf0_exact"], rows["apf0_im_exact"])
    return rows.assign(**found)
