"""Models and contours of ten lines: differentiated automatically, they are those written by hand."""

import itertools
import math

import autograd.numpy as np
import numpy
import pytest
from scipy.special import iv

import own_plugins
import strict_cupy
from pomflow.checks import check_contour, check_model
from pomflow.contours.automatic import ROWS, AutomaticContour
from pomflow.contours.dense import Dense as DenseByHand
from pomflow.contours.path import Path
from pomflow.errors import BackendError, ConfigError
from pomflow.lattice import Lattice
from pomflow.models.automatic import AutomaticModel
from pomflow.models.base import Parameter, Variables
from pomflow.models.complex_phi4.action import ComplexPhi4
from pomflow.random.stream import Stream
from pomflow.training.cost import cost_gradient
from pomflow.training.optimize import optimize

STREAM = Stream(7, "automatic")
TRAINING = {
    "leapfrog_steps": 4,
    "thermalization": 10,
    "start": "hot",
    "chains": 16,
    "step_size": 0.4,
    "target_acceptance": 0.8,
    "learning_rate": 0.1,
    "damping": 0.03,
    "memory": 0.8,
    "control_variate": 0,
}


class OneLink(AutomaticModel):
    """exp(-S) = exp(beta cos x)."""

    variables = Variables("angle", per_site=1)
    parameters = own_plugins.OneLink.parameters

    def S(self, z):
        return -(self.beta_re + 1j * self.beta_im) * np.cos(z).sum(axis=1)


class Phi4(AutomaticModel):
    """The complex phi^4 theory at chemical potential in d dimensions."""

    variables = Variables("real", per_site=2)
    parameters = ComplexPhi4.parameters

    def S(self, z):
        phi = z.reshape(len(z), 2, *self.lattice.shape)
        square, axes = (phi**2).sum(axis=1), range(2, phi.ndim)
        ahead = [np.roll(phi, -1, axis) for axis in axes]
        hops = sum((phi * other).sum(axis=1) for other in ahead[1:])
        turned = phi[:, 0] * ahead[0][:, 1] - phi[:, 1] * ahead[0][:, 0]
        hops = hops + math.cosh(self.mu) * (phi * ahead[0]).sum(axis=1) - 1j * math.sinh(self.mu) * turned
        site = (2 * len(ahead) + self.mass**2) / 2 * square + self.coupling / 4 * square**2 - hops
        return site.reshape(len(z), -1).sum(axis=1)


class Fermions(AutomaticModel):
    """S = sum (1 - cos x) - ln det D(x) of links that hop around a ring with antiperiodic fermions."""

    variables = Variables("angle", per_site=1)
    parameters = {"mu": Parameter("Chemical potential.", 0.7)}

    def S(self, z):
        ahead = numpy.eye(self.size, k=1) - numpy.eye(self.size, k=1 - self.size)
        hops = np.exp(self.mu + 1j * z)[:, :, None] * ahead
        hops = hops - np.swapaxes(np.exp(-self.mu - 1j * z)[:, :, None] * ahead, 1, 2)
        sign, logarithm = np.linalg.slogdet(0.6 * numpy.eye(self.size) + hops / 2)
        return (1 - np.cos(z)).sum(axis=1) - np.log(sign) - logarithm


class Modulus(OneLink):
    def S(self, z):
        return super().S(z) + np.abs(z).sum(axis=1)


class Steps(AutomaticContour):
    """y = a tanh(b t)."""

    n_parameters = 2

    def initial_parameters(self, stream):
        return np.array([0.3, 0.9])

    def y(self, theta, t):
        return theta[0] * np.tanh(theta[1] * t)


class Waves(AutomaticContour):
    """y = a sin(t) + b sin(neighbour), which has the period 2 pi."""

    kinds = ("angle",)
    n_parameters = 2

    def initial_parameters(self, stream):
        return np.array([0.3, 0.2])

    def y(self, theta, t):
        return theta[0] * np.sin(t) + theta[1] * np.sin(np.roll(t, 1, axis=1))


class Shift(AutomaticContour):
    """y = a constant for each variable: J = 1."""

    kinds = ("real", "angle")

    def __init__(self, model):
        super().__init__(model)
        self.n_parameters = self.size

    def initial_parameters(self, stream):
        return np.zeros(self.size)

    def y(self, theta, t):
        return theta + 0 * t


class Dense(AutomaticContour):
    """The published contour, with parameters in the order of the one by hand."""

    def __init__(self, model, hidden: int):
        super().__init__(model)
        self.by_hand = DenseByHand(self.size, hidden)
        self.n_parameters = self.by_hand.n_parameters

    def initial_parameters(self, stream):
        return self.by_hand.initial_parameters(stream)

    def y(self, theta, t):
        n, h = self.size, self.by_hand.hidden
        w1, b1, w2, b2, alpha, beta = np.split(theta, numpy.cumsum([h * n, h, n * h, n, n]))
        a = np.tanh(t @ w1.reshape(h, n).T + b1)
        return alpha * np.tanh(a @ w2.reshape(n, h).T + b2) + beta


def agree(found, expected):
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    numpy.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * (1 + abs(expected).max()))


def points(size: int, batch: int = 5):
    return STREAM.child("t").normals(0, batch, size)


def complex_points(size: int):
    return points(size) + 0.3j * STREAM.child("height").normals(0, 5, size)


# --- models -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("automatic", "by_hand", "shape", "values"),
    [
        (OneLink, own_plugins.OneLink, (3,), {"beta_re": 0.4, "beta_im": 1.3}),
        (Phi4, ComplexPhi4, (4,), {"mu": 0.7, "mass": 0.8}),
        (Phi4, ComplexPhi4, (4, 3), {"mu": 0.7, "coupling": 1.4}),
        (Phi4, ComplexPhi4, (3, 2, 2), {"mu": -0.4}),
        (Phi4, ComplexPhi4, (1,), {"mu": 0.7}),
    ],
)
def test_an_automatic_model_is_the_one_by_hand(automatic, by_hand, shape, values):
    one, other = (model(Lattice(shape), **values) for model in (automatic, by_hand))
    z = complex_points(one.size)
    agree(one.value(z), other.value(z))
    agree(one.gradient(z), other.gradient(z))
    agree(one.at(z).schwinger_dyson(), other.at(z).schwinger_dyson())


@pytest.mark.parametrize(
    "model", [OneLink(Lattice((2,))), Phi4(Lattice((2, 3)), mu=0.6), Fermions(Lattice((3,)))]
)
def test_automatic_models_pass_the_checks(model):
    assert all(one.passed for one in check_model(model, STREAM))


def test_what_is_not_holomorphic_is_found():
    """autograd differentiates a modulus without a word."""
    findings = check_model(Modulus(Lattice((2,))), STREAM)
    assert "S holomorphic" in [one.name for one in findings if not one.passed]


# --- contours -----------------------------------------------------------------------------------------------


def compare(one, other, model, theta, batch):
    t, weight = points(model.size, batch), STREAM.child("weight").normals(0, 2, batch)
    weight = weight[0] + 1j * weight[1]
    found, expected = one.evaluate(theta, t), other.evaluate(theta, t)
    w = model.gradient(expected.z)
    agree(found.z, expected.z)
    agree(found.log_det(), expected.log_det())
    agree(found.pull_back(w), expected.pull_back(w))
    agree(found.parameter_gradient(weight, w), expected.parameter_gradient(weight, w))
    return found, expected, w


# the batch is cut into groups where it is large
@pytest.mark.parametrize("batch", [1, 5, ROWS // 3])
def test_an_automatic_contour_is_the_one_by_hand(batch):
    model, theta = ComplexPhi4(Lattice((3,)), mu=0.8), numpy.array([0.4, 1.2])
    one = Steps.build(model, {})
    found, expected, w = compare(one, own_plugins.Steps(), model, theta, batch)
    agree(found.derivatives(w), expected.derivatives(w))


@pytest.mark.parametrize("hidden", [3, 12])
def test_the_dense_contour_written_automatically_is_the_one_by_hand(hidden):
    model = ComplexPhi4(Lattice((3, 2)), mu=0.8)
    contour = Dense(model, hidden)
    theta = contour.initial_parameters(STREAM)
    theta = theta + 0.2 * STREAM.child("noise").normals(0, 1, len(theta))[0]
    compare(contour, contour.by_hand, model, theta, 4)
    paths = [Path(model, one, theta) for one in (contour, contour.by_hand)]
    t = points(model.size)
    agree(*(path.force(t) for path in paths))
    agree(*(cost_gradient(path, t, paths[0].log_weight(t), 1.0) for path in paths))


@pytest.mark.parametrize(
    ("contour", "model"),
    [
        (Steps, ComplexPhi4(Lattice((3,)), mu=0.8)),
        (Waves, own_plugins.OneLink(Lattice((3,)))),
        (Shift, OneLink(Lattice((3,)))),
        (Shift, Phi4(Lattice((2,)), mu=0.6)),
        (lambda model: Dense(model, 3), ComplexPhi4(Lattice((3,)), mu=0.8)),
    ],
)
def test_automatic_contours_pass_the_checks(contour, model):
    findings = check_contour(contour(model), model, STREAM)
    assert not [one.name for one in findings if not one.passed]
    assert "derivatives by differences" in [one.name for one in findings]


def test_the_integral_is_that_of_the_plane():
    """Z = I_0(beta) on every path, by Cauchy's theorem, from the trapezoidal rule over the period."""
    model = OneLink(Lattice((1,)), beta_re=0.5, beta_im=1.5)
    t = 2 * math.pi * numpy.arange(64)[:, None] / 64
    for theta in ([0.0, 0.0], [0.4, -0.7], [-1.0, 0.3]):
        path = Path(model, Waves(model), numpy.array(theta))
        assert numpy.exp(path.log_weight(t)).mean() == pytest.approx(iv(0, 0.5 + 1.5j), abs=1e-13)


@pytest.mark.parametrize("optimizer", ["adam", "natural_gradient"])
def test_training_finds_the_better_path(optimizer):
    """beta = 0.6 + 1.2 i on two links; exact average phase factors by the trapezoidal rule."""
    model = OneLink(Lattice((2,)), beta_re=0.6, beta_im=1.2)
    contour = type("Trained", (Waves,), {"optimizer": optimizer})(model)
    theta = optimize(model, contour, numpy.zeros(2), TRAINING, STREAM, range(50), "here").theta
    plane, best, found = (
        average_phase_factor(Path(model, contour, numpy.array(one))) for one in ([0, 0], [-1.07, 0], theta)
    )
    assert plane == pytest.approx((abs(iv(0, 0.6 + 1.2j)) / iv(0, 0.6)) ** 2, abs=1e-12)
    # at most half of the way is left in a training of 40 steps with 16 chains
    assert best - found < 0.5 * (best - plane)


def average_phase_factor(path: Path) -> float:
    """|Z| / Z_pq of two angles."""
    angles = 2 * math.pi * numpy.arange(48) / 48
    weight = numpy.exp(path.log_weight(numpy.array(list(itertools.product(angles, repeat=2)))))
    return abs(weight.sum()) / abs(weight).sum()


# --- what is refused ----------------------------------------------------------------------------------------


def test_other_array_modules_are_refused():
    with pytest.raises(BackendError, match=r"OneLink is differentiated automatically.*backend: numpy"):
        OneLink(Lattice((2,)), xp=strict_cupy)
    with pytest.raises(BackendError, match=r"Steps is differentiated automatically.*backend: numpy"):
        Steps.build(ComplexPhi4(Lattice((2,)), xp=strict_cupy, mu=0.5), {})


class WithNumpy(OneLink):
    """NumPy itself raises nothing here, and the derivative would be lost."""

    def S(self, z):
        return (z * numpy.roll(z, 1, axis=1)).sum(axis=1)


class WithNumpyAlgebra(OneLink):
    def S(self, z):
        return numpy.linalg.slogdet(z[:, :, None] * numpy.eye(2))[1]


class WithAssignment(OneLink):
    def S(self, z):
        z = 1 * z
        z[:, 0] = 0
        return z.sum(axis=1)


class WithTake(OneLink):
    def S(self, z):
        return np.take(z, numpy.array([1, 0]), axis=1).sum(axis=1)


class WithBug(OneLink):
    def S(self, z):
        return z + "text"


@pytest.mark.parametrize("model", [WithNumpy, WithNumpyAlgebra, WithAssignment, WithTake])
def test_what_cannot_be_differentiated_ends_in_one_message(model):
    with pytest.raises(
        ConfigError, match=rf"{model.__name__}\.S: it cannot be differentiated.*import autograd"
    ):
        model(Lattice((2,))).gradient(complex_points(2))


def test_the_check_names_the_line_of_what_cannot_be_differentiated():
    found = [one for one in check_model(WithAssignment(Lattice((2,))), STREAM) if not one.passed]
    assert len(found) == 1
    assert "cannot be differentiated" in found[0].value
    assert "test_automatic.py:" in found[0].hint


def test_other_errors_of_the_function_are_left_as_they_are():
    with pytest.raises(TypeError):
        WithBug(Lattice((2,))).value(complex_points(2))
