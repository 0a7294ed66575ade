"""The figures of docs/physics.md and docs/reading_results.md: one-variable integrals whose answers are known.

Run by `make docs-figures`, which writes them to docs/images.
"""

from pathlib import Path as File

import numpy as np
from matplotlib.figure import Figure
from scipy.integrate import solve_ivp

from pomflow.analysis import gates, statistics
from pomflow.contours.dense import Dense
from pomflow.contours.path import Path
from pomflow.contours.plane import Plane
from pomflow.io import netcdf
from pomflow.models.integrals.quartic import Quartic
from pomflow.plotting import common
from pomflow.random.stream import Stream
from pomflow.training.optimize import optimize

IMAGES = File(__file__).parent / "images"
POINTS = np.arange(-8.0, 8.0025, 0.005)
# the slope Im sigma plays the part of the chemical potential; Re sigma = lambda = 1
SLOPES = (1, 2, 3, 4, 6, 8, 10)
SHOWN_SLOPE = 8
# a in S = x^2/2 - i a x: of the figure of the shift, and of each of N variables in that of the overlap
SHIFT_SOURCE, SOURCE = 2.5, 0.7
COUNTS, SAMPLES = range(1, 33), 8000
HIDDEN = 8
STEPS = 1000
SETTINGS = {
    "chains": 128,
    "learning_rate": 0.02,
    "control_variate": "auto",
    "start": "hot",
    "leapfrog_steps": 5,
    "step_size": 0.2,
    "thermalization": 0,
    "target_acceptance": 0.8,
}


def action(slope: float) -> Quartic:
    """S(x) = (1 + i slope) x^2 / 2 + x^4 / 4."""
    return Quartic(sigma_re=1.0, sigma_im=slope, coupling=1.0)


def real_line(slope: float) -> Path:
    """The undeformed path."""
    return Path(action(slope), Plane(np), np.zeros(0))


def optimized(slope: float) -> Path:
    """The path of a small network, trained on samples as the workflow does it."""
    contour, stream = Dense(1, HIDDEN), Stream(1, "docs/figures.py", f"{slope:g}")
    theta = contour.initial_parameters(stream.child("network"))
    result = optimize(action(slope), contour, theta, SETTINGS, stream, range(STEPS), "docs/figures.py")
    return Path(action(slope), contour, result.theta)


def weights(path: Path) -> np.ndarray:
    """det J exp(-S) at ``POINTS``."""
    return np.exp(path.log_weight(POINTS[:, None]))


def average_phase_factor(path: Path) -> float:
    """|Z| / Z_pq by the trapezoidal rule, which is exact to rounding for these integrands."""
    weight = weights(path)
    return float(abs(weight.sum()) / np.abs(weight).sum())


def thimble(slope: float) -> np.ndarray:
    """The thimble of the critical point z = 0, by steepest ascent of Re S: complex points."""
    theory = action(slope)

    def ascent(_, point):
        slope_here = theory.gradient(np.array([[complex(*point)]]))[0, 0]
        step = slope_here.conjugate() / abs(slope_here)
        return step.real, step.imag

    begin = 0.01 * np.exp(-0.5j * np.angle(theory.sigma))
    curve = solve_ivp(ascent, (0, 3), (begin.real, begin.imag), max_step=0.02).y
    half = curve[0] + 1j * curve[1]
    return np.concatenate((-half[::-1], half))


def thimble_integrals(slope: float) -> tuple[complex, float]:
    """Z, and that of the modulus, along the thimble, whose phase is that of dz alone."""
    z = thimble(slope)
    weight, step = np.exp(-action(slope).value((z[1:, None] + z[:-1, None]) / 2)), np.diff(z)
    return complex((weight * step).sum()), float(np.abs(weight * step).sum())


def shifted(height: float) -> np.ndarray:
    """exp(-S) of S = z^2/2 - i a z on the line z = t + i height, at ``POINTS``."""
    z = POINTS + 1j * height
    return np.exp(-z * z / 2 + 1j * SHIFT_SOURCE * z)


def reweighted_moments():
    """<x_1^2> of N variables with S = sum (x^2/2 - i a x), reweighted from the real line.

    Returns
    -------
    rows : list of dict
        For each N the average phase factor, the moment, and the columns that the gates need.
    """
    rows = []
    for count in COUNTS:
        x = Stream(1, "docs/figures.py", "overlap").normals(count, SAMPLES, count)
        phase_factor = np.exp(1j * SOURCE * x.sum(axis=1)).reshape(8, -1)
        apf, imaginary = statistics.mean(phase_factor.real), statistics.mean(phase_factor.imag)
        moment, _ = statistics.reweighted(phase_factor, (x[:, 0] ** 2).reshape(8, -1))
        ess = statistics.effective_sample_size(phase_factor, 0.5)
        rows.append(
            {"apf_re": apf.value, "apf_re_err": apf.error, "ess": ess}
            | {"apf_im": imaginary.value, "apf_im_err": imaginary.error}
            | {"moment": moment.value, "moment_err": moment.error}
        )
    return rows


def integrand(axes, weight: np.ndarray, imaginary: bool = False) -> None:
    """Real part of a weight, and imaginary part if asked for, within plus and minus its modulus."""
    axes.fill_between(POINTS, -np.abs(weight), np.abs(weight), color="0.9", label="± modulus")
    axes.plot(POINTS, weight.real, label="real part")
    if imaginary:
        axes.plot(POINTS, weight.imag, label="imaginary part")
    axes.set(xlabel="t")


def draw_shift():
    """The integrand at three heights: its phase slows down as its modulus falls."""
    sheet, panels = common.figure(1, 3, sharey=True)
    for axes, share, name in zip(panels, (0, 0.5, 1), ("0", "a/2", "a"), strict=True):
        weight = shifted(share * SHIFT_SOURCE)
        apf = abs(weight.sum()) / np.abs(weight).sum()
        integrand(axes, weight)
        axes.set(xlim=(-4, 4), title=f"height {name}: APF = {apf:.3f}")
    panels[0].set_ylabel("exp(−S) on z = t + i height")
    panels[0].legend(loc="upper right")
    return sheet


def draw_path():
    """The real line, the network's path and the thimble; and the integrand on the first two."""
    path, line = optimized(SHOWN_SLOPE), real_line(SHOWN_SLOPE)
    sheet, (plane, flat, bent) = common.figure(1, 3)
    weight, exact = np.abs(weights(path)), thimble(SHOWN_SLOPE)
    sampled = path.at(POINTS[weight > 1e-3 * weight.max(), None]).z[:, 0]
    plane.axhline(0, color=common.PLANE, label="real line")
    plane.plot(sampled.real, sampled.imag, color=common.OPTIMIZED, label="network's path")
    plane.plot(exact.real, exact.imag, "--", color=common.EXACT, linewidth=common.line(0.7), label="thimble")
    plane.set(xlabel="Re z", ylabel="Im z", title="path", xlim=(-1.8, 1.8), ylim=(-1.2, 1.2))
    plane.legend(loc="upper right")
    turn = np.exp(-1j * path.model.partition_phase)
    for axes, one, name in ((flat, line, "real line"), (bent, path, "network's path")):
        integrand(axes, turn * weights(one), imaginary=True)
        axes.set(xlim=(-2.5, 2.5), title=f"{name}: APF = {average_phase_factor(one):.5f}")
    flat.set_ylabel("det J exp(−S), turned by −arg Z")
    bent.legend(loc="lower right")
    return sheet


def draw_apf():
    """What is missing from APF = 1 against the imaginary part, and APF against the number of variables."""
    sheet, (left, right) = common.figure(1, 2)
    counts, shown = np.geomspace(1, 1e4, 200), SLOPES.index(SHOWN_SLOPE)
    for make, style, color, name in (
        (real_line, "s-", common.PLANE, "real line"),
        (optimized, "o-", common.OPTIMIZED, "network's path"),
    ):
        apf = np.array([average_phase_factor(make(slope)) for slope in SLOPES])
        left.semilogy(SLOPES, 1 - apf, style, color=color, label=name)
        right.loglog(counts, apf[shown] ** counts, color=color)
    exact = np.array([abs(z) / modulus for z, modulus in map(thimble_integrals, SLOPES)])
    left.semilogy(SLOPES, 1 - exact, "--", color=common.EXACT, label="thimble")
    left.set(xlabel="Im σ", ylabel="1 − average phase factor", ylim=(1e-6, 3), title="one variable")
    left.legend(loc="lower left")
    right.set(xlabel="number of independent variables", ylim=(1e-6, 3), title=f"Im σ = {SHOWN_SLOPE}")
    right.set_ylabel("average phase factor")
    return sheet


def draw_overlap(say=str):
    """Reweighting from the real line until nothing but noise is left; ``say`` finds words of a language."""
    rows = reweighted_moments()
    counts, exact = np.array(COUNTS), 1 - SOURCE**2
    good = np.array([gates.status(row, ("apf", "ess")) == gates.OK for row in rows])
    sheet, (left, right) = common.figure(1, 2)
    left.semilogy(counts, np.exp(-counts * SOURCE**2 / 2), color=common.EXACT, label=say("exact"))
    left.axhline(SAMPLES**-0.5, color="0.5", linestyle=":", label=say("1 / √samples"))
    right.axhline(exact, color=common.EXACT, label=say("exact"))
    for axes, name in ((left, "apf_re"), (right, "moment")):
        value, error = (np.array([row[key] for row in rows]) for key in (name, f"{name}_err"))
        value = np.abs(value) if axes is left else value
        axes.errorbar(counts[good], value[good], error[good], fmt="s", color=common.PLANE, label=say("good"))
        hollow = {"fmt": "s", "color": common.GATED, "mfc": "white", "label": say("gate failed")}
        axes.errorbar(counts[~good], value[~good], error[~good], **hollow)
        axes.set_xlabel(say("number of variables"))
    left.set(ylabel=say("|average phase factor|"), ylim=(1e-4, 2))
    right.set(ylabel=say("⟨x²⟩ of one variable"), ylim=(exact - 2, exact + 2))
    left.legend(loc="lower left")
    return sheet


FIGURES = {
    "physics_shift": draw_shift,
    "physics_path": draw_path,
    "physics_apf": draw_apf,
    "reading_overlap": draw_overlap,
}


def save(sheet: Figure, path: File) -> None:
    """Write a png for a web page, small and without a date."""
    with netcdf.atomic(path) as temporary:
        sheet.savefig(temporary, format="png", dpi=110, metadata={"Software": None})


def main() -> None:
    """Draw all of them."""
    common.styled()
    for name, draw in FIGURES.items():
        save(draw(), IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
