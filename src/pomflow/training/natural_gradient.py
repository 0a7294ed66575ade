r"""Natural gradient for paths with few parameters: all of them move at once, each as far as it should.

With D = d(ln det J - S)/d theta of a configuration, the phase changes by Im D and the logarithm of the
sampled weight by Re D. Where the phase is small the cost is <theta^2> / 2, a least-squares problem, whose
Gauss-Newton matrix is <Im D Im D^T>; where it is large, what limits a step is how much the sampled
distribution changes, measured by Fisher's matrix Cov(Re D). The metric is

.. math::
    M = \langle \mathrm{Im} D\, \mathrm{Im} D^T \rangle
        + (1 - |\langle e^{i\theta} \rangle|)\, \mathrm{Cov}(\mathrm{Re} D)

and a step is -M^{-1} times the gradient of the cost with c = 1.

Source: Amari, Neural Comput. 10 (1998) 251 (natural gradient); Nocedal and Wright, "Numerical
Optimization", chapter 10 (Gauss-Newton, Levenberg-Marquardt damping).
"""

from pomflow.contours.path import Path, aimed_phase_factor
from pomflow.nn import hold_then_cosine
from pomflow.numerics.backend import namespace

# largest length of a full step in the metric: near a good path the predicted change of the phase, in radian
TRUST = 0.5
# of the mean diagonal element of the metric: parameters that move nothing on this lattice stay where they are
SMALLEST = 1e-9
# The learning rate is held for half of the steps and then falls to a twentieth, like a cosine.
HOLD, FLOOR = 0.5, 0.05


class NaturalGradient:
    """Steps of the natural gradient with a metric averaged over recent batches.

    Parameters
    ----------
    theta : array, shape (n_parameters,)
    settings : dict
        The ``natural_gradient`` section of the config. To the metric are added
        ``damping`` + (1 - APF) n / N times its diagonal, for n parameters and N configurations that it is
        averaged over: where the phase is large and the configurations few, the gradient is mostly noise.
    """

    control = 1.0

    def __init__(self, theta, settings: dict):
        self._rate = hold_then_cosine(settings["learning_rate"], hold=HOLD, floor=FLOOR)
        self._damping, self._memory = settings["damping"], settings["memory"]
        self._metric = namespace(theta).zeros((len(theta), len(theta)))
        self._configurations, self._spread = 0.0, 0.0

    def step(self, path: Path, t, log_weight, time: float):
        """One step from a batch sampled on this path; return (theta, norm of the gradient, learning rate).

        ``time`` runs from 0 to 1 over the optimization.
        """
        point, turned = path.at(t), aimed_phase_factor(log_weight, path.model)
        derivatives = point.derivatives(path.model.at(point.z).gradient)
        gradient = ((1 - turned)[:, None] * derivatives).real.mean(axis=0)
        self._learn(derivatives, turned)
        rate = self._rate(time)
        change = -rate * self._preconditioned(gradient)
        norm = float((gradient * gradient).sum()) ** 0.5
        return path.theta + change, norm, rate

    def state(self) -> dict:
        """For a checkpoint."""
        return {
            "metric": self._metric,
            "configurations": self._configurations,
            "spread": self._spread,
        }

    def restore(self, state: dict) -> None:
        """From a checkpoint."""
        self._metric = namespace(self._metric).asarray(state["metric"])
        self._configurations, self._spread = state["configurations"], state["spread"]

    def _learn(self, derivatives, turned) -> None:
        """Add a batch to the metric."""
        fisher = derivatives.real - derivatives.real.mean(axis=0)
        spread = 1 - abs(turned.mean())
        batch = derivatives.imag.T @ derivatives.imag + spread * fisher.T @ fisher
        self._spread = self._memory * self._spread + spread * len(turned)
        self._metric = self._memory * self._metric + batch
        self._configurations = self._memory * self._configurations + len(turned)

    def _preconditioned(self, gradient):
        """(M + damping)^{-1} gradient, shortened to the trust region."""
        xp, n = namespace(gradient), len(gradient)
        if n == 0:
            return gradient
        metric = self._metric / self._configurations
        diagonal = xp.diag(metric)
        spread = self._spread / self._configurations
        damping = self._damping + spread * n / self._configurations
        floor = SMALLEST * diagonal.mean() + 1e-300
        damped = metric + xp.diag(damping * diagonal + floor)
        step = xp.linalg.solve(damped, gradient)
        length = float(step @ metric @ step) ** 0.5
        return step * min(1.0, TRUST / (length + 1e-300))
