"""Approach of a training: where model and contour are at every step, and that nothing else changes."""

from functools import partial

import numpy as np
import pytest

from builders import build_contour, phi4
from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.models.u1_gauge.action import U1Gauge
from pomflow.random.stream import Stream
from pomflow.training.approach import Approach
from pomflow.training.optimize import optimize

TRAINING = {
    "chains": 8,
    "leapfrog_steps": 3,
    "step_size": 0.2,
    "target_acceptance": 0.75,
    "thermalization": 4,
    "start": "mixed",
    "learning_rate": 0.1,
    "damping": 0.01,
    "memory": 0.9,
    "control_variate": "auto",
}
CONTOURS = pytest.mark.parametrize("name", ["dense", "equivariant", "linear"])


def approach(name: str, **starts) -> Approach:
    return Approach(starts, partial(build_contour, name))


def trained(name: str, model, steps: int, moving: Approach | None = None):
    contour, numbers = build_contour(name, model), range(TRAINING["thermalization"] + steps)
    theta = contour.initial_parameters(Stream(1, "initial"))
    return optimize(model, contour, theta, TRAINING, Stream(1, "train"), numbers, "test", approach=moving)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (8, [0.2, 0.35, 0.5, 0.65, 0.8, 0.8, 0.8, 0.8]),
        (5, [0.2, 0.5, 0.8, 0.8, 0.8]),
        (2, [0.2, 0.8]),
        (1, [0.8]),
    ],
)
def test_parameters_move_in_a_straight_line_over_half_of_the_steps(steps, expected):
    """The others stay, and at the end model and contour are those of the point themselves."""
    model = phi4(3, 2, mu=0.8, coupling=1.3)
    contour = build_contour("dense", model)
    found = [approach("dense", mu=0.2).at(model, contour, step, steps) for step in range(steps + 1)]
    assert [one.mu for one, _ in found] == pytest.approx([*expected, 0.8])
    assert {(one.coupling, one.mass, str(one.lattice)) for one, _ in found} == {(1.3, 1.0, "3x2")}
    assert all(one is model and other is contour for one, other in found[steps // 2 :])


def test_several_parameters_arrive_together():
    model = phi4(3, 2, mu=0.8, mass=1.0)
    moved, _ = approach("dense", mu=0.0, mass=2.0).at(model, None, 1, 8)
    assert (moved.mu, moved.mass) == pytest.approx((0.2, 1.75))


def test_the_contour_is_built_for_the_model_of_the_step():
    """The start of the symmetric contours is a path that the model knows, at each mu another one."""
    model = phi4(4, 2, mu=1.0)
    contour = build_contour("linear", model)
    halfway, built = approach("linear", mu=0.5).at(model, contour, 2, 8)
    assert halfway.mu == 0.75
    for one, mu in ((contour, 1.0), (built, 0.75)):
        expected = build_contour("linear", phi4(4, 2, mu=mu)).initial_parameters(Stream(1, "start"))
        np.testing.assert_array_equal(one.initial_parameters(Stream(1, "start")), expected)


def test_the_history_is_that_of_the_models_on_the_way():
    """From mu = 0, where the plane has no phase and the start is near it, to where it has one."""
    phases = trained("dense", phi4(3, 2, mu=1.5), 12, approach("dense", mu=0.0)).history["apf_re"]
    at_once = trained("dense", phi4(3, 2, mu=1.5), 12).history["apf_re"]
    assert phases[0] > 0.98
    assert at_once[0] < 0.95
    assert phases[6:].mean() < 0.95


@CONTOURS
@pytest.mark.parametrize("starts", [{}, {"mu": 1.1}, {"mu": 1.1, "mass": 1.0}], ids=str)
def test_from_the_point_itself_nothing_changes(name, starts):
    """Bit for bit, also where every model and contour of the first half is built anew."""
    model = phi4(3, 2, mu=1.1)
    expected, found = trained(name, model, 9), trained(name, model, 9, approach(name, **starts))
    assert found.theta.tobytes() == expected.theta.tobytes()
    assert all(found.history[key].tobytes() == expected.history[key].tobytes() for key in expected.history)


@CONTOURS
def test_from_elsewhere_it_is_another_training(name):
    model = phi4(3, 2, mu=1.1)
    there, here = trained(name, model, 9, approach(name, mu=0.4)), trained(name, model, 9)
    assert not np.array_equal(there.theta, here.theta)


def test_a_theory_that_does_not_exist_on_the_way_is_named():
    """Z of six plaquettes of imaginary beta vanishes halfway."""
    zero = 1.3450799823000432
    model = U1Gauge(Lattice((2, 3)), beta_re=0.0, beta_im=2 * zero)
    with pytest.raises(ConfigError, match=r"^approach, step 2: .*beta_im: the partition function is zero"):
        approach("gauge", beta_im=0.0).at(model, None, 2, 8)
