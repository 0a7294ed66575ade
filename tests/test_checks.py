"""The checks of models and contours: what is right passes, and what is wrong is named, and nothing else."""

import re
import textwrap

import numpy as np
import pytest

from builders import NETWORK, fitting_model
from own_plugins import OneLink, Steps, StepsPoint, Waves, WavesPoint
from pomflow import registry
from pomflow.__main__ import main
from pomflow.checks import Finding, as_table, check_contour, check_model
from pomflow.checks.quadrature import integrate
from pomflow.lattice import Lattice
from pomflow.models.base import Model, ModelPoint, Variables, closed_form
from pomflow.models.complex_phi4.action import ComplexPhi4
from pomflow.models.observables import observable
from pomflow.random.stream import Stream
from pomflow.registry import load
from sextic import Sextic

STREAM = Stream(5, "checks")


def failed(findings: list[Finding]) -> list[str]:
    """The names of what failed; every one of them has a hint."""
    assert all(one.hint for one in findings if not one.passed)
    return [one.name for one in findings if not one.passed]


def wrong_model(cls: type[Model], volume: int = 2) -> list[str]:
    return failed(check_model(cls(Lattice((volume,))), STREAM))


# --- what is right ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(1,), (3,)])
@pytest.mark.parametrize("coupling", [0.0, 1.3])
def test_phi4_passes(shape, coupling):
    model = ComplexPhi4(Lattice(shape), mass=0.9, coupling=coupling, mu=0.3)
    findings = check_model(model, STREAM)
    assert not failed(findings)
    # one site has two variables, over which it is integrated
    assert ("density_im = 0" in {one.name for one in findings}) == (shape == (1,))


@pytest.mark.parametrize("volume", [1, 2, 5])
def test_angles_pass(volume):
    findings = check_model(OneLink(Lattice((volume,))), STREAM)
    assert not failed(findings)
    names = {one.name for one in findings}
    assert "period of exp(-S)" in names
    assert ({"phase of Z", "exact cosine_im", "exact apf0"} <= names) == (volume <= 4)


@pytest.mark.parametrize("name", registry.CONTOURS)
def test_registered_contours_pass(name):
    model = fitting_model(name)
    contour = registry.load("contour", name).build(model, NETWORK)
    assert not failed(check_contour(contour, model, STREAM))


def test_own_contours_pass():
    assert not failed(check_contour(Steps(), ComplexPhi4(Lattice((3,)), mu=0.8), STREAM))
    assert not failed(check_contour(Waves(), OneLink(Lattice((3,))), STREAM))


def test_integrals_of_a_correlated_gaussian():
    """Soft and stiff modes in one box, against closed forms."""

    class Pair(Model):
        variables = Variables("real", per_site=2)

        def value(self, z):
            x, y = z[:, 0], z[:, 1]
            return 0.2 * x**2 + 3 * y**2 + 1j * x * y

        @observable("x^2")
        def square(self, point):
            return point.z[:, 0] ** 2

        def gradient(self, z):
            raise NotImplementedError

    matrix = np.array([[0.4, 1j], [1j, 6.0]])
    model = Pair(Lattice((1,)))
    found = integrate(model, model.observables(), STREAM)
    assert found.apf == pytest.approx(np.sqrt(2.4 / np.linalg.det(matrix)), abs=1e-10)
    assert found.means["square"] == pytest.approx(np.linalg.inv(matrix)[0, 0], abs=1e-9)
    assert found.accuracy < 1e-8


# --- what is wrong with a model -----------------------------------------------------------------------------


class Scalar(OneLink):
    def value(self, z):
        return super().value(z).sum()


class Column(OneLink):
    def value(self, z):
        return super().value(z)[:, None]


class RealGradient(OneLink):
    def gradient(self, z):
        return super().gradient(z).real


class NotANumber(OneLink):
    def value(self, z):
        return super().value(z) + np.log(0 * z[:, 0].real)


class WrongGradient(OneLink):
    def gradient(self, z):
        return -super().gradient(z)


class OneWrongEntry(OneLink):
    def gradient(self, z):
        return super().gradient(z) + 0.001 * (np.arange(z.shape[1]) == 1)


class Modulus(OneLink):
    """The gradient is right along the real axis, and the action is no function of z alone."""

    def __init__(self, lattice, xp=np, **values):
        super().__init__(lattice, xp, **values)
        self.partition_phase = None

    def value(self, z):
        return super().value(z) + np.cos(z.real).sum(axis=1)

    def gradient(self, z):
        return super().gradient(z) - np.sin(z.real)


class Batch(OneLink):
    """Adds the same number to all configurations, which differences do not see."""

    def value(self, z):
        return super().value(z) + len(z)


class Harmonic(OneLink):
    def __init__(self, lattice, xp=np, **values):
        super().__init__(lattice, xp, **values)
        self.partition_phase = None

    def value(self, z):
        return super().value(z) + (z**2).sum(axis=1) / 2

    def gradient(self, z):
        return super().gradient(z) + z


class OtherPoint(ModelPoint):
    @property
    def gradient(self):
        return 2 * self.model.gradient(self.z)


class WrongPoint(OneLink):
    def at(self, z):
        return OtherPoint(self, z)


class Conjugate(OneLink):
    @observable("wrong")
    def modulus(self, point):
        return (abs(point.z) ** 2).mean(axis=1) + 0j


class Winding(OneLink):
    @observable("wrong")
    def angle(self, point):
        return point.z.mean(axis=1)


class ConjugateIdentity(OneLink):
    def identities(self, point):
        return point.gradient.conj()


class RealObservable(OneLink):
    @observable("wrong")
    def part(self, point):
        return np.cos(point.z.real).mean(axis=1)


class Raises(OneLink):
    @observable("wrong")
    def part(self, point):
        return point.nothing


class WrongStart(OneLink):
    def ordered_start(self, stream, rows):
        return np.zeros(self.size)


class WrongOrbits(OneLink):
    def orbits(self):
        return np.zeros(1, dtype=int)


class WrongClaim(OneLink):
    vanishing = ("cosin_im",)


class NotZero(OneLink):
    vanishing = ("cosine_im",)


class WrongPhase(OneLink):
    def __init__(self, lattice, xp=np, **values):
        super().__init__(lattice, xp, **values)
        self.partition_phase += 0.001


class WrongExact(OneLink):
    def exact(self):
        return closed_form(cosine=complex(self.beta), energy=1.0)


@pytest.mark.parametrize(
    ("model", "names"),
    [
        (Scalar, ["S"]),
        (Column, ["S"]),
        (RealGradient, ["gradient"]),
        (NotANumber, ["S"]),
        (WrongGradient, ["gradient by differences"]),
        (OneWrongEntry, ["gradient by differences"]),
        (Batch, ["S of one row"]),
        (Modulus, ["S holomorphic"]),
        (Harmonic, ["period of exp(-S)"]),
        (WrongPoint, ["gradient of the point"]),
        (Conjugate, ["modulus holomorphic", "period of modulus"]),
        (Winding, ["period of angle"]),
        (ConjugateIdentity, ["identities holomorphic"]),
        (RealObservable, ["part"]),
        (Raises, ["part"]),
        (WrongStart, ["ordered start"]),
        (WrongOrbits, ["orbits"]),
        (WrongClaim, ["names of vanishing"]),
        (NotZero, ["cosine_im = 0"]),
        (WrongPhase, ["phase of Z"]),
        (WrongExact, ["names of exact values", "exact cosine", "exact cosine_im"]),
    ],
)
def test_what_is_wrong_with_a_model_is_named(model, names):
    assert wrong_model(model) == names


# --- the power with which S grows ---------------------------------------------------------------------------


class SexticOfFour(Sextic):
    growth = 4


class SexticOfTwo(Sextic):
    growth = 2


class SexticOfTwelve(Sextic):
    growth = 12


class Unstated(Sextic):
    """It inherits 6, which no contour takes for its own."""

    def value(self, z):
        return super().value(z) + (z**8).sum(axis=1)

    def gradient(self, z):
        return super().gradient(z) + 8 * z**7


class Exponential(Sextic):
    growth = 6

    def value(self, z):
        return super().value(z) + np.cosh(z).sum(axis=1)

    def gradient(self, z):
        return super().gradient(z) + np.sinh(z)


def grown(model: type[Model], **values) -> Finding | None:
    """The finding about the growth of a model that is right otherwise."""
    findings = check_model(model(Lattice((3,)), mu=0.4, **values), STREAM)
    assert set(failed(findings)) <= {"growth"}
    return next((one for one in findings if one.name == "growth"), None)


@pytest.mark.parametrize(("model", "stated"), [(SexticOfFour, 4), (SexticOfTwo, 2)])
def test_a_growth_that_is_too_small_is_named(model, stated):
    found = grown(model)
    assert (found.value, found.limit, found.passed) == ("power 6", f"power {stated}", False)
    assert "highest power" in found.hint


@pytest.mark.parametrize(
    ("model", "values", "power"),
    [
        (Sextic, {}, 6),
        (Sextic, {"kappa": 0}, 4),
        (Sextic, {"kappa": 1e-6}, 6),
        (SexticOfTwelve, {}, 6),
        (ComplexPhi4, {}, 4),
        (ComplexPhi4, {"coupling": 0}, 2),
    ],
)
def test_a_growth_that_bounds_enough_passes(model, values, power):
    found = grown(model, **values)
    assert (found.value, found.passed) == (f"power {power}", True)


@pytest.mark.parametrize("model", [Unstated, Exponential])
def test_nothing_is_said_of_a_growth_that_is_unstated_or_no_power(model):
    assert grown(model) is None


def test_nothing_is_said_of_the_growth_of_angles():
    class Stated(OneLink):
        growth = 2

    assert "growth" not in {one.name for one in check_model(Stated(Lattice((2,))), STREAM)}


def test_an_error_names_the_line():
    found = [one for one in check_model(Raises(Lattice((2,))), STREAM) if not one.passed]
    assert "AttributeError" in found[0].value
    assert "test_checks.py:" in found[0].hint


# --- what is wrong with a contour ---------------------------------------------------------------------------


class Spoilt(StepsPoint):
    """A point of which one thing is wrong."""

    wrong = ""

    def __init__(self, theta, t):
        super().__init__(theta, t)
        if self.wrong == "real part":
            self.z = self.z + 0.1
        if self.wrong == "nan":
            self.z = self.z * np.nan

    def log_det(self):
        return super().log_det().conj() if self.wrong == "determinant" else super().log_det()

    def pull_back(self, w):
        return super().pull_back(w.conj() if self.wrong == "force" else w)

    def derivatives(self, w):
        derivatives = super().derivatives(w)
        return derivatives.conj() if self.wrong == "derivatives" else derivatives


def spoilt(**attributes):
    """The contour with such a point."""
    point = type("Point", (Spoilt,), attributes)
    return type("Contour", (Steps,), {"at": lambda self, theta, t: point(theta, t)})


class Steep(Steps):
    """Its point is that of y = a t, which leaves the directions in which z^4 grows."""

    def initial_parameters(self, stream):
        return np.array([30.0, 1e-7])


class Other(Steps):
    def transferred(self, theta, source):
        return 2 * theta


class Short(Steps):
    def initial_parameters(self, stream):
        return np.zeros(3)


@pytest.mark.parametrize(
    ("contour", "names"),
    [
        (spoilt(wrong="nan"), ["z", "pull_back", "parameter_gradient"]),
        (spoilt(wrong="real part"), ["real part by differences"]),
        (spoilt(wrong="force"), ["force by differences"]),
        # the weight, with whose differences derivatives are compared, has the wrong determinant too
        (
            spoilt(wrong="determinant"),
            ["determinant by differences", "gradient by differences", "derivatives by differences"],
        ),
        (spoilt(wrong="derivatives"), ["gradient by differences", "derivatives by differences"]),
        (Other, ["transferred"]),
        (Short, ["start"]),
        (Waves, ["fits the model"]),
    ],
)
def test_what_is_wrong_with_a_contour_is_named(contour, names):
    model = ComplexPhi4(Lattice((3,)), mu=0.8)
    assert failed(check_contour(contour(), model, STREAM)) == names


class Straight(WavesPoint):
    """y = a t: not periodic, and right otherwise."""

    def __init__(self, theta, t):
        self._a, self._t = theta[0], t
        self.z = t + 1j * self._a * t

    def log_det(self):
        return np.log(1 + 1j * self._a) * np.full(len(self._t), self._t.shape[1])

    def pull_back(self, w):
        return w.real - self._a * w.imag

    def derivatives(self, w):
        by_a = (1j / (1 + 1j * self._a) - 1j * w * self._t).sum(axis=1)
        return np.stack((by_a, 0 * by_a), axis=1)


def test_a_path_that_is_not_periodic_is_named():
    class Tilted(Waves):
        def at(self, theta, t):
            return Straight(theta, t)

    assert failed(check_contour(Tilted(), OneLink(Lattice((3,))), STREAM)) == ["period of Im z"]


def test_a_path_that_is_too_steep_is_named():
    class Tilted(Steps):
        def initial_parameters(self, stream):
            return np.array([1.0, 0.0])

        def at(self, theta, t):
            return Straight(theta, t)

    assert failed(check_contour(Tilted(), ComplexPhi4(Lattice((3,)), mu=0.8), STREAM)) == ["slope far out"]


def test_a_contour_of_the_plane_does_not_take_angles():
    assert failed(check_contour(Steps(), OneLink(Lattice((3,))), STREAM)) == ["fits the model"]


# --- the table and the command ------------------------------------------------------------------------------


def test_the_table_has_a_line_for_each_finding():
    lines = as_table(check_model(WrongGradient(Lattice((2,))), STREAM)).splitlines()
    wrong = [line for line in lines if "FAILED" in line]
    assert len(wrong) == 1
    assert wrong[0].startswith("gradient by differences")
    assert "differentiate again" in wrong[0]
    assert all(line.endswith("ok") for line in lines[1:] if line not in wrong)


GOOD = """
from builders import NETWORK
from own_plugins import OneLink


class Link(OneLink):
    '''One link.'''

    exact = OneLink.exact


class BadLink(OneLink):
    '''Its gradient is wrong.'''

    def gradient(self, z):
        return 2 * super().gradient(z)


class Broken(OneLink):
    '''It cannot be built.'''

    def __init__(self, lattice, **values):
        super().__init__(lattice, **values)
        self.nothing.at_all
"""


def line_of(text: str) -> int:
    """The line of the file of good models that holds a text."""
    return 1 + next(number for number, line in enumerate(GOOD.splitlines()) if text in line)


OBSERVABLE = """
from pomflow.models.observables import observable


@observable("mean of z", models=("Link",))
def Slope(point):
    return point.z.mean(axis=1)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, text in {"link.py": GOOD, "slope.py": OBSERVABLE}.items():
        (tmp_path / name).write_text(textwrap.dedent(text))
    monkeypatch.chdir(tmp_path)
    for family, members in registry.FAMILIES.items():
        monkeypatch.setitem(registry.FAMILIES, family, dict(members))
    monkeypatch.setattr(registry, "OBSERVABLES", registry.FAMILIES["observable"])
    return tmp_path


def command(capsys, *arguments) -> tuple[int, str, str]:
    status = main(["check", *arguments])
    return status, *capsys.readouterr()


def test_the_command_checks_a_model_of_a_file(folder, capsys):
    status, printed, _ = command(capsys, "link.py:Link", "--set", "beta_im=2")
    assert status == 0
    assert "Link(2x2, beta_re=0.8, beta_im=2.0)" in printed
    assert "Link(4x4, " in printed
    assert "exact cosine_im" in printed
    assert printed.rstrip().endswith("everything passed")


def test_the_command_ends_in_1_where_something_failed(folder, capsys):
    status, printed, _ = command(capsys, "link.py:BadLink", "--lattice", "2")
    assert status == 1
    assert printed.count("FAILED") == 1
    assert printed.rstrip().endswith("1 failed")


def test_the_command_checks_observables_of_a_file(folder, capsys):
    status, printed, _ = command(capsys, "link.py:Link", "--lattice", "2", "--plugins", "slope.py:Slope")
    assert status == 1
    assert next(line for line in printed.splitlines() if "FAILED" in line).startswith("period of slope")


def test_the_command_checks_a_contour(capsys):
    status, printed, _ = command(capsys, "linear", "--lattice", "3x2", "--set", "mu=0.7")
    assert status == 0
    assert "linear of ComplexPhi4(3x2, mass=1.0, coupling=1.0, mu=0.7)" in printed
    assert "slope far out" in printed


def test_the_command_knows_truth_values(capsys):
    assert command(capsys, "layered", "--lattice", "3x2", "--set", "currents=true")[0] == 0
    status, _, error = command(capsys, "layered", "--lattice", "3x2", "--set", "currents=yes")
    assert status == 1
    assert error.startswith("pomflow: currents: 'yes' is not of type boolean")


NETWORK_SETTINGS = [
    (name, key) for name in registry.CONTOURS for key in load("contour", name).network_settings
]
PARAMETERS = [(name, key) for name in registry.MODELS for key in load("model", name).parameters]


@pytest.mark.parametrize("value", ["nan", "inf", "-1000", "1e300", "many"])
@pytest.mark.parametrize(("name", "key"), [*NETWORK_SETTINGS, *PARAMETERS])
def test_the_command_refuses_what_is_no_value(name, key, value, capsys):
    """Of a parameter of any model and of a network of any contour; once NaN was one, and 0 harmonics."""
    status, printed, error = command(capsys, name, "--set", f"{key}={value}")
    assert (status, printed) == (1, "")
    assert re.match(rf"pomflow: (parameters\.)?{key}: .*\.\n$", error)
    assert error.count("\n") == 1


@pytest.mark.parametrize("name", registry.MODELS)
def test_the_command_passes_every_registered_model(name, capsys):
    status, printed, error = command(capsys, name)
    assert (status, error) == (0, "")
    assert printed.startswith(f"{registry.load('model', name).__name__}(")
    assert printed.rstrip().endswith("everything passed")


@pytest.mark.parametrize("name", registry.CONTOURS)
def test_the_command_passes_every_registered_contour(name, capsys):
    """On a small lattice of the first model that it fits, with the defaults of the configuration."""
    status, printed, error = command(capsys, name, "--lattice", str(fitting_model(name).lattice))
    assert (status, error) == (0, "")
    assert printed.startswith(f"{name} of ")
    assert printed.rstrip().endswith("everything passed")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nonsense"], "nonsense: no model and no contour has this name"),
        (["gone.py:X"], "gone.py: there is no such file"),
        (["link.py:Gone"], "there is no 'Gone' in this file. It has: Link, BadLink, Broken"),
        (["slope.py:Slope"], "it is neither a model nor a contour"),
        (
            ["link.py:Broken"],
            f"Broken: it cannot be built: link.py:{line_of('nothing.at_all')} (AttributeError",
        ),
        (["link.py:Link", "--set", "beta_re"], "--set: 'beta_re' is no setting"),
        (["link.py:Link", "--set", "gamma=1"], "parameters.gamma: is no parameter of this model"),
        (["link.py:Link", "--lattice", "2y"], "lattice: '2y' is no lattice"),
        (["thirring", "--lattice", "5"], "lattices: staggered fermions need even extents above 2"),
        (["hubbard", "--lattice", "0x2"], "lattice: [0, 2] has no sites"),
        (["linear", "--model", "link.py:Link"], "linear: it does not fit Link"),
        (["dense", "--lattice", "2"], "Dense: it needs 'hidden_ratio'"),
    ],
)
def test_the_command_ends_in_one_message(arguments, told, folder, capsys):
    status, printed, error = command(capsys, *arguments)
    assert (status, printed) == (1, "")
    assert error.startswith("pomflow: ")
    assert told in error
    assert error.count("\n") == 1
