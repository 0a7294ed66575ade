r"""Two forces for hybrid Monte Carlo on the equivariant contour: that of Re S alone, and the full one.

Both sample the same weight: with the first the determinant enters in the accept step only, the second adds
d ln|det J| / dt, which takes the inverse of the Jacobian in every leapfrog step. Each tunes its step size in
thermalization; what counts is effective samples a second of processor time.

The gradient of ln|det J| is that of Re sum_xy [pi_xy P_xy + kappa_xy Q_xy] at fixed pi and kappa, which are
combinations of the blocks of J^{-1}; it is checked against finite differences before anything is timed.
"""

from dataclasses import dataclass
from time import process_time

import numpy as np
from numba import njit

from benchmarks import timing
from pomflow.analysis import statistics
from pomflow.contours.equivariant.contour import Equivariant
from pomflow.contours.path import Path as IntegrationPath
from pomflow.contours.path import phase_factor
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4.action import ComplexPhi4
from pomflow.numerics import cyclic
from pomflow.random.stream import Stream
from pomflow.samplers.hmc import sample
from pomflow.training.optimize import optimize

NETWORK = {"reach": 7, "spatial_reach": 2, "features": 3, "scale": 2.0}
HMC = {"chains": 16, "thermalization": 60, "trajectories": 400, "record_every": 1, "start": "mixed"}
HMC |= {"leapfrog_steps": 10, "step_size": 0.1, "target_acceptance": 0.8}
NATURAL = {"learning_rate": 0.5, "damping": 0.01, "memory": 0.95, "thermalization": 20, "start": "ordered"}
NATURAL |= {"chains": 64, "leapfrog_steps": 8, "step_size": 0.1, "target_acceptance": 0.75}
CASES = ((4, 1.2), (6, 1.2), (6, 2.0))


@dataclass(frozen=True)
class FullForce(IntegrationPath):
    """A path whose force has the determinant's part too."""

    def force(self, t):
        return super().force(t) + determinant_force(self, t)


def determinant_force(path, t):
    """d ln|det J| / dt of the equivariant contour, shape (batch, 2V)."""
    point, contour = path.at(t), path.contour
    ring = contour.ring
    inverse = cyclic.inverse(point._jacobian(slice(None)), ring.edges)
    q, slope = (np.ascontiguousarray(part.swapaxes(1, 2)) for part in (point._q, point._slope))
    kernel = path._prepared.kernel
    xi = _gradient(
        point._phi,
        q,
        slope,
        contour.scales,
        kernel,
        inverse,
        contour.neighbours,
        ring.rows,
        ring.conjugate_rows,
    )
    return np.concatenate((xi.real, -xi.imag), axis=1)


@njit(cache=True)
def _gradient(phi, q, slope, scales, kernel, inverse, neighbours, rows, bars):
    """xi with d ln|det J| = Re sum_x xi_x dphi_x."""
    batch, volume, features = q.shape
    result = np.zeros((batch, volume), np.complex128)
    for b in range(batch):
        g = inverse[b]
        for x in range(volume):
            row, bar, fx, cx = rows[x], bars[x], phi[b, x], np.conj(phi[b, x])
            rx = (fx * cx).real
            p0 = g[row, row] - np.conj(g[bar, bar])
            k0 = g[bar, row] - np.conj(g[row, bar])
            for d in range(neighbours.shape[1]):
                y = neighbours[x, d]
                fy, cy = phi[b, y], np.conj(phi[b, y])
                ry = (fy * cy).real
                pi = g[rows[y], row] - np.conj(g[bars[y], bar])
                kappa = g[bars[y], row] - np.conj(g[rows[y], bar])
                # derivatives by rho_x and rho_y, and by phi and phi* at x and y
                at_rx, at_ry, dfx, dcx, dfy, dcy = 0.0, 0.0, 0j, 0j, 0j, 0j
                for j in range(features):
                    # p_j, p_j', p_j''; q_j, q_j', q_j'' at x
                    if j == 0:
                        p, p1, p2 = 1.0, 0.0, 0.0
                    else:
                        p, p1 = q[b, x, j - 1], slope[b, x, j - 1]
                        p2 = -2 * p * p1 / scales[j - 1]
                    o, o1 = q[b, x, j], slope[b, x, j]
                    o2 = -2 * o * o1 / scales[j]
                    for k in range(features):
                        a, h = kernel[d, 0, j, k], kernel[d, 1, j, k]
                        u, u1 = q[b, y, k], slope[b, y, k]
                        u2 = -2 * u * u1 / scales[k]
                        w, w1 = u + ry * u1, 2 * u1 + ry * u2
                        off = pi * w + kappa * fy * fy * u1
                        own = (p0 * cx + k0 * fx) * fy
                        at_rx += a * (p1 * off + p2 * own * u).real
                        at_ry += a * (p * (pi * w1 + kappa * fy * fy * u2) + p1 * own * u1).real
                        dfy += a * (2 * p * kappa * fy * u1 + p1 * (p0 * cx + k0 * fx) * u)
                        dcx += a * p1 * p0 * fy * u
                        dfx += a * p1 * k0 * fy * u
                        far = fx * (pi * cy + kappa * fy)
                        near = (o + rx * o1) * p0 + fx * fx * o1 * k0
                        at_rx += h * (o1 * u1 * far + ((2 * o1 + rx * o2) * p0 + fx * fx * o2 * k0) * u).real
                        at_ry += h * (o * u2 * far + near * u1).real
                        dfx += h * (o * u1 * (pi * cy + kappa * fy) + 2 * fx * o1 * k0 * u)
                        dfy += h * o * u1 * fx * kappa
                        dcy += h * o * u1 * fx * pi
                result[b, x] += dfx + np.conj(dcx) + 2 * at_rx * cx
                result[b, y] += dfy + np.conj(dcy) + 2 * at_ry * cy
    return result


def main():
    """Measure all cases, print the table and write it to ``benchmarks/results``."""
    report = {"machine": timing.machine(), "rows": [measure(*case) for case in CASES]}
    timing.publish("force", report, markdown(report))


def measure(extent: int, mu: float) -> dict:
    """Both forces on one trained path."""
    model = ComplexPhi4(Lattice((extent, extent)), mass=1.0, coupling=1.0, mu=mu)
    contour, stream = Equivariant.build(model, NETWORK), Stream(1, "force", str(extent), str(mu))
    theta = contour.initial_parameters(stream)
    theta = optimize(model, contour, theta, NATURAL, stream.child("train"), range(50), "benchmark").theta
    paths = {
        "Re S": IntegrationPath(model, contour, theta),
        "full": FullForce(model, contour, theta),
    }
    check(paths["full"], stream)
    return {
        "lattice": f"{extent}x{extent}",
        "mu": mu,
        **{name: run(path, stream.child(name)) for name, path in paths.items()},
    }


def run(path, stream) -> dict:
    """Acceptance, autocorrelation of Re S and effective samples a second of one force."""
    path.force(np.zeros((1, path.model.size)))
    started = process_time()
    total = HMC["thermalization"] + HMC["trajectories"]
    record = sample(path, HMC, stream, range(total), "benchmark")
    seconds = (process_time() - started) * HMC["trajectories"] / total
    tau = statistics.mean(record.log_weight.real).tau_int
    factor = phase_factor(record.log_weight)
    return {
        "acceptance": float(record.accepted[:, HMC["thermalization"] :].mean()),
        "step_size": float(record.step_size[-1]),
        "tau_int": float(tau),
        "ess_per_second": float(statistics.effective_sample_size(factor, tau) / seconds),
    }


def check(path, stream) -> None:
    """The determinant's force against central differences."""
    t = stream.child("check").normals(0, 2, path.model.size)
    force, step = determinant_force(path, t), 1e-5
    for i in range(0, path.model.size, 7):
        shift = step * np.eye(path.model.size)[i]
        ends = [path.at(t + sign * shift).log_det().real for sign in (1, -1)]
        error = abs((ends[0] - ends[1]) / (2 * step) - force[:, i]).max()
        if not error < 1e-6:
            raise SystemExit(f"the gradient of ln|det J| is off by {error:.1e}")


def markdown(report: dict) -> str:
    """The table and the CPU it was measured on."""
    names = ["lattice", "mu", "force", "acceptance", "step size", "tau_int of the weight", "ESS / s"]
    lines = [names]
    for row in report["rows"]:
        for force in ("Re S", "full"):
            part = row[force]
            values = (part["acceptance"], part["step_size"], part["tau_int"], part["ess_per_second"])
            lines.append([row["lattice"], str(row["mu"]), force, *(f"{value:.3g}" for value in values)])
    table = timing.table(lines)
    return (
        f"{HMC['leapfrog_steps']} leapfrog steps a trajectory, {HMC['chains']} chains, target acceptance "
        f"{HMC['target_acceptance']}; tau_int of ln|det J| - Re S in trajectories.\n\n{table}\n\n"
        f"{report['machine']['cpu']}."
    )
