"""Are errors right? Many short runs of one path differ from their mean as much as their errors say."""

import numpy as np
import pytest

from builders import build_contour, phi4
from pomflow import registry
from pomflow.analysis import control_variates, derived
from pomflow.contours.path import Path
from pomflow.models.quantities import of_observables
from pomflow.random.stream import Stream
from pomflow.samplers.hmc import sample
from pomflow.stages.scan.measure_observables import identities_of, measure, measured

pytestmark = pytest.mark.slow

RUNS, CHAINS, LENGTH, WARM_UP = 40, 16, 100, 60
HMC = {"chains": RUNS * CHAINS, "thermalization": WARM_UP, "trajectories": LENGTH, "record_every": 1}
HMC |= {"start": "hartree", "leapfrog_steps": 8, "step_size": 0.1, "target_acceptance": 0.8}
# standard error of a mean of squares of normal numbers
SCATTER = np.sqrt(2 / (RUNS - 1))


@pytest.fixture(scope="module", params=[0.4, 1.0], ids="mu={}".format)
def runs(request) -> list[dict]:
    """Estimates of every run, by name, on the Gaussian path of 8x4."""
    model = phi4(8, 4, mu=request.param)
    contour = build_contour("linear", model)
    path = Path(model, contour, contour.initial_parameters(Stream(1, "start")))
    record = sample(path, HMC, Stream(7, "errors"), range(WARM_UP + LENGTH), "test")
    phase_factor = np.exp(1j * record.log_weight.imag)
    observables = registry.observables("complex_phi4", type(model))
    own, made = of_observables(observables), registry.quantities("complex_phi4", type(model))
    functions = list(dict.fromkeys([*(one.moments for one in (own | made).values()), identities_of]))
    moments = dict(zip(functions, measured(path, record.t, functions), strict=True))
    identities = moments.pop(identities_of)["identities"]
    found = []
    for first in range(0, RUNS * CHAINS, CHAINS):
        here = slice(first, first + CHAINS)
        phases = phase_factor[here]
        series = {name: values[here] for name, values in moments[functions[0]].items()}
        estimates = measure(phases, series)
        for name, values in series.items():
            controlled = control_variates.reweighted(phases, values, identities[here])
            estimates[f"{name}_cv"] = controlled.real
        means = {
            function: derived.Means(phases, {name: values[here] for name, values in one.items()})
            for function, one in moments.items()
        }
        results = derived.evaluate(means, own | made, model)
        found.append(estimates | {name: results.estimates[name] for name in results.names})
    return found


def test_runs_scatter_as_much_as_their_errors_say(runs):
    """The mean square of (value - mean) / error is 1, within 4 of its standard errors below and above.

    The mean of runs with errors of different size is that with weights. A short run knows its error to some
    ten percent only, of quotients of small numbers to less; that is the further quarter above.
    """
    for name in runs[0]:
        values, errors = (np.array([getattr(run[name], part) for run in runs]) for part in ("value", "error"))
        mean = np.average(values, weights=errors**-2.0)
        square = np.mean(((values - mean) / errors) ** 2) * RUNS / (RUNS - 1)
        assert 1 - 4 * SCATTER < square < 1.25 + 4 * SCATTER, (name, square)
