"""The gradient of the cost and its control variate: by differences, by quadrature, on samples."""

import cmath

import numpy as np
import pytest

import quadrature
from builders import (
    build_contour,
    fitting_model,
    phi4,
    power_integral,
    quartic_integral,
    random_parameters,
    steep_dense,
    steep_path,
)
from chains import run
from differences import gradient
from estimates import mean_and_error
from pomflow import registry
from pomflow.contours.path import Path
from pomflow.training.cost import cost_gradient

# He_3(2.2) > 0 gives arg Z = -pi/2, He_1 gives pi/2: the phase of Z is not zero
TOYS = [
    power_integral(1, 0.5),
    power_integral(2, 1.3),
    power_integral(3, 2.2),
    power_integral(4, 2.8),
    quartic_integral(0.5 + 2.0j, 0.5),
]
OVER_TOYS = pytest.mark.parametrize("model", TOYS, ids=["p=1", "p=2", "p=3", "p=4", "quartic"])
OVER_CONTROLS = pytest.mark.parametrize("control", [0.0, 1.0, 0.4])


@OVER_CONTROLS
@pytest.mark.parametrize("name", registry.CONTOURS)
def test_cost_gradient_is_its_definition(name, control, rng):
    """Mean Re[(1 - c exp(i (theta - theta_0))) grad(ln det J - S)], the bracket frozen, by differences."""
    model = fitting_model(name)
    contour = build_contour(name, model)
    theta, t = random_parameters(contour), rng.normal(size=(4, model.size))
    log_weight = Path(model, contour, theta).log_weight(t)
    frozen = 1 - control * np.exp(1j * (log_weight.imag - model.partition_phase))
    expected = gradient(lambda theta: (frozen * Path(model, contour, theta).log_weight(t)).real.mean(), theta)
    found = cost_gradient(Path(model, contour, theta), t, log_weight, control)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("power", [1, 2, 3])
def test_control_variate_is_aimed_at_the_phase_of_z(power, rng):
    """theta_0 = arg Z = arg(i^p He_p(a)), not zero: the bracket by hand for a toy."""
    path, t = steep_path(power_integral(power, 2.2), 3), rng.normal(size=(5, 1))
    phase = cmath.phase([1j * 2.2, -(2.2**2 - 1), -1j * (2.2**3 - 3 * 2.2)][power - 1])
    weight = path.log_weight(t)
    point = path.contour.evaluate(path.theta, t)
    frozen = 1 - np.exp(1j * (weight.imag - phase))
    expected = point.parameter_gradient(frozen, path.model.gradient(point.z))
    np.testing.assert_allclose(cost_gradient(path, t, weight, 1.0), expected, rtol=1e-12)


def log_quenched(model, contour, theta) -> float:
    return np.log(np.abs(quadrature.weights(Path(model, contour, theta))).sum())


@OVER_CONTROLS
@OVER_TOYS
def test_cost_gradient_is_that_of_ln_z_quenched(model, control):
    """On a sample without noise every c gives grad ln Z_pq = -grad ln APF, by quadrature and differences.

    The sample is 40 000 quantiles of |det J exp(-S)|; its mean is the integral to about 1e-4.
    """
    contour, theta = steep_dense(1, 3)
    path = Path(model, contour, theta)
    t = quadrature.quenched_quantiles(path, 40_000)
    expected = gradient(lambda theta: log_quenched(model, contour, theta), theta)
    assert np.abs(expected).max() > 0.1
    found = cost_gradient(path, t, path.log_weight(t), control)
    np.testing.assert_allclose(found, expected, atol=2e-3 * np.abs(expected).max())


@OVER_TOYS
def test_partition_function_does_not_depend_on_the_path(model):
    """Sum of det J exp(-S) grad(ln det J - S) over all points vanishes: the term with c has zero mean."""
    path = steep_path(model, 3)
    point = path.contour.evaluate(path.theta, quadrature.POINTS)
    weight = quadrature.weights(path) * len(quadrature.POINTS)
    for phase in (1, 1j):
        total = point.parameter_gradient(phase * weight, path.model.gradient(point.z))
        np.testing.assert_allclose(total, 0, atol=1e-10 * np.abs(quadrature.weights(path)).sum())


def gradient_pulls(path, record, controls) -> np.ndarray:
    """Projections of sum_i sign_i cost_gradient(c_i) on 30 fixed random directions, in standard errors."""
    per_chain = np.array(
        [
            sum(sign * cost_gradient(path, t, weight, control) for control, sign in controls.items())
            for t, weight in zip(record.t, record.log_weight, strict=True)
        ]
    )
    directions = np.random.default_rng(1).normal(size=(per_chain.shape[1], 30))
    return np.array([np.divide(*mean_and_error(series)) for series in (per_chain @ directions).T])


def test_control_variate_has_zero_mean_on_the_lattice():
    """Estimators c = 1 and c = 0 differ by noise on 64 chains of 250 samples: 30 projections within 4 errors.

    The gradient itself is seen clearly by the same test.
    """
    path = steep_path(phi4(4, 1, mu=1.0), 8, 0.5)
    record = run(path, 500, record_every=2, step_size=0.3, start="mixed")
    assert np.abs(gradient_pulls(path, record, {1.0: 1, 0.0: -1})).max() < 4
    assert np.abs(gradient_pulls(path, record, {0.0: 1})).max() > 10


@pytest.mark.parametrize("control", [0.0, 1.0])
def test_one_small_step_of_descent_raises_the_average_phase(control):
    """A step against the gradient raises APF by rate |gradient|^2 APF: the sign and size of the estimator."""
    contour, theta = steep_dense(1, 3)
    path = Path(power_integral(2, 1.3), contour, theta)
    t = quadrature.quenched_quantiles(path, 10_000)
    slope = cost_gradient(path, t, path.log_weight(t), control)
    rate, before = 1e-4, quadrature.average_phase_factor(path)
    after = quadrature.average_phase_factor(Path(path.model, contour, theta - rate * slope))
    assert after - before == pytest.approx(rate * before * (slope @ slope), rel=0.02)
