"""Every number that is measured or stands in a scan has a long name and units."""

import pytest

from pomflow import registry
from pomflow.stages.scan.collect_scan import HEALTH
from pomflow.stages.scan.columns import ABOUT, words_of

OBSERVABLES = registry.observables("complex_phi4", registry.load("model", "complex_phi4"))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("density", ("number density", "particles per site")),
        ("density_im_err", ("number density, imaginary part, error", "particles per site")),
        ("phi20", ("squared field, reweighted from the undeformed plane", "per site")),
        ("density_exact_err", ("number density, exact, error", "particles per site")),
        ("density_pull", ("number density, difference from the exact value in errors", "1")),
        ("density_mf", ("number density, in mean field", "particles per site")),
        ("apf0_exact", ("average phase factor of the undeformed plane, exact", "1")),
        ("apf0_im_err", ("average phase factor of the undeformed plane, imaginary part, error", "1")),
        ("exp_dh_err", ("mean of exp(-delta_H), error", "1")),
        ("virial_err", ("test of Schwinger and Dyson, error", "1")),
        ("density_spread", ("number density, standard deviation over trainings", "particles per site")),
        (
            "density_im_chi2",
            ("number density, imaginary part, chi^2 of the trainings per degree of freedom", "1"),
        ),
        (
            "tau_int_spread",
            (
                "largest autocorrelation time, standard deviation over trainings",
                "trajectories or Langevin steps",
            ),
        ),
    ],
)
def test_words(name, words):
    assert words_of(name, OBSERVABLES) == words


@pytest.mark.parametrize("name", [*HEALTH, *ABOUT, *OBSERVABLES])
def test_no_name_stands_for_itself(name):
    long_name, units = words_of(name, OBSERVABLES)
    assert long_name not in ("", name)
    assert units


def test_an_unknown_name_is_no_number_of_ours():
    with pytest.raises(KeyError, match="dens"):
        words_of("dens_err", OBSERVABLES)
