"""The primary observables of a run in the JSON format of pyerrors, for analyses of one's own.

They are the phase factor e^{i theta} and O e^{i theta} of every observable O, real and imaginary parts: all
that reweighted means <O> = <O e^{i theta}> / <e^{i theta}> are made of, with the fluctuations of every chain.
"""

import gzip
import json

import numpy as np
import pyerrors
from pyerrors.input.json import create_json_string

PHASE = "phase"
# of whoever wrote the file, where and when: the same numbers shall have the same bytes
PERSONAL = ("who", "date", "host")


def observables(
    phase_factor: np.ndarray, series: dict[str, np.ndarray], ensemble: str
) -> dict[str, pyerrors.Obs]:
    """``phase_re``, ``phase_im``, and ``NAME_re``, ``NAME_im`` of O e^{i theta} by name.

    Parameters
    ----------
    phase_factor : array, complex, shape (chains, recorded)
    series : dict of array, complex, shape (chains, recorded)
        Observables by name on the same configurations.
    ensemble : str
        Names the run: observables of different ensembles are independent of each other.
    """
    weighted = {PHASE: phase_factor} | {name: values * phase_factor for name, values in series.items()}
    return {
        f"{name}_{end}": part
        for name, values in weighted.items()
        for end, part in zip(("re", "im"), parts(values, ensemble), strict=True)
    }


def parts(values: np.ndarray, ensemble: str) -> tuple[pyerrors.Obs, pyerrors.Obs]:
    """The means of real and imaginary part, of complex values of shape (chains, recorded)."""
    chains, recorded = values.shape
    # one replica, in which chains are so far apart that they are not correlated: read back, replicas would
    # each be centred on their own mean, and what chains differ by would be lost
    numbers = [1 + 2 * recorded * chain + place for chain in range(chains) for place in range(recorded)]
    real, imaginary = (
        pyerrors.Obs([part.ravel()], [ensemble], idl=[numbers]) for part in (values.real, values.imag)
    )
    return real, imaginary


def encoded(found: dict[str, pyerrors.Obs], description: dict) -> bytes:
    """The compressed file, which ``pyerrors.input.json.load_json`` reads as a list.

    The description has, beside what is given, ``names``: those of the list, in its order.
    """
    content = json.loads(create_json_string([*found.values()], description | {"names": [*found]}, indent=0))
    content |= dict.fromkeys(PERSONAL, "")
    return gzip.compress(json.dumps(content).encode(), mtime=0)
