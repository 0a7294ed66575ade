"""What the stages of a study of spins share: the model, its streams, its classifiers in files."""

import numpy as np
import xarray as xr

from pomflow.io import netcdf
from pomflow.lattice import Lattice
from pomflow.models.spins.base import SpinModel
from pomflow.random.stream import Stream
from pomflow.studies.ising.classifier import Classifier
from pomflow.studies.ising.designs import DESIGNS, features
from pomflow.studies.ising.settings import build, name_of

NUMBERS = ["theta", "mean", "scale"]


def model_of(params: dict) -> SpinModel:
    """The model that the parameters of a stage name."""
    return build(params["model"], Lattice.parse(params["lattice"]))


def name_in(params: dict) -> str:
    """The lattice and its system in one word."""
    return name_of(params["system"], params["lattice"])


def stream_of(params: dict, stage: str, *labels: str, xp=np) -> Stream:
    """Random numbers of a stage on its lattice."""
    return Stream(params["seed"], stage, name_in(params), *labels, xp=xp)


def read_classifier(path, params: dict, model: SpinModel) -> Classifier:
    """The network of the lowest final loss in a file of ``train_classifier``.

    The others only guard against a local minimum.
    """
    file = netcdf.read(path, "classifier", [*NUMBERS, "loss"])
    best = file.isel(network=int(file["loss"].values[:, -1].argmin()))
    design, beta = DESIGNS[params["classifier"]], np.array(params["beta"])
    cold = np.full((1, model.lattice.volume), model.values[0])
    inputs = features(design, model, cold).shape[1]
    for name in NUMBERS:
        netcdf.require_numbers(path, best[name], (None,))
    numbers = (best[name].values for name in NUMBERS)
    return Classifier.restored(design, beta, inputs, params["train"], *numbers, window=model.window)


def variables_of(variables: dict) -> xr.Dataset:
    """Variables from their dimensions, values and what they are in words, by name."""
    return xr.Dataset(
        {
            name: (axes, np.asarray(values), netcdf.about(words))
            for name, (axes, values, words) in variables.items()
        }
    )
