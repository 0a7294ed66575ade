"""What the stages of an Ising study share: the model, its streams, its classifiers in files."""

import numpy as np
import xarray as xr

from pomflow.io import netcdf
from pomflow.lattice import Lattice
from pomflow.models.ising.model import Ising
from pomflow.random.stream import Stream
from pomflow.studies.ising.classifier import Classifier
from pomflow.studies.ising.designs import DESIGNS, features

NUMBERS = ["theta", "mean", "scale"]


def model_of(params: dict) -> Ising:
    """The model that the parameters of a stage name."""
    return Ising(Lattice.parse(params["lattice"]), params["decay"])


def stream_of(params: dict, stage: str, *labels: str, xp=np) -> Stream:
    """Random numbers of a stage on its lattice."""
    return Stream(params["seed"], stage, params["lattice"], *labels, xp=xp)


def read_classifier(path, params: dict, model: Ising) -> Classifier:
    """The network of the lowest final loss in a file of ``train_classifier``.

    The others only guard against a local minimum.
    """
    file = netcdf.read(path, "classifier", [*NUMBERS, "loss"])
    best = file.isel(network=int(file["loss"].values[:, -1].argmin()))
    design, beta = DESIGNS[params["classifier"]], np.array(params["beta"])
    inputs = features(design, model, np.ones((1, model.lattice.volume))).shape[1]
    for name in NUMBERS:
        netcdf.require_numbers(path, best[name], (None,))
    numbers = (best[name].values for name in NUMBERS)
    return Classifier.restored(design, beta, inputs, params["train"], *numbers)


def variables_of(variables: dict) -> xr.Dataset:
    """Variables from their dimensions, values and what they are in words, by name."""
    return xr.Dataset(
        {
            name: (axes, np.asarray(values), netcdf.about(words))
            for name, (axes, values, words) in variables.items()
        }
    )
