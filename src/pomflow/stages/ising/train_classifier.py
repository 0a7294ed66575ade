"""Networks that name the inverse temperature of configurations of spins."""

import functools

import numpy as np
import xarray as xr

from pomflow.io import netcdf
from pomflow.io.checkpoint import Checkpoint
from pomflow.jobs.progress import Progress
from pomflow.nn.train import require_finite
from pomflow.stages.ising.files import model_of, name_in, stream_of
from pomflow.studies.ising.classifier import train
from pomflow.studies.ising.dataset import Configurations, beta_coordinate
from pomflow.studies.ising.designs import DESIGNS, features

KIND = "classifier"


def run(inputs: dict, outputs: dict, params: dict, checkpoint: Checkpoint) -> None:
    """Write ``outputs['classifier']``: several networks that differ by their random numbers."""
    model, design = model_of(params), DESIGNS[params["classifier"]]
    rows = Configurations.read(inputs["training"], model).rows()
    seen, beta = features(design, model, rows), np.array(params["beta"])
    trained = []
    for number in range(params["train"]["networks"]):
        stream = stream_of(params, "train_classifier", params["classifier"], str(number))
        progress = functools.partial(Progress, label=f"train_classifier L{name_in(params)} {number}")
        part = checkpoint.part(str(number))
        trained.append(train(design, beta, seen, params["train"], stream, progress, part, model.window))
        where = f"train_classifier {params['classifier']} L{name_in(params)}"
        require_finite(trained[-1][1], where, "ising.train.learning_rate")
    result = _dataset(trained, beta)
    netcdf.write(result, outputs["classifier"], KIND, netcdf.describe_run(params, "CPU", checkpoint.clock))


def _dataset(trained: list, beta) -> xr.Dataset:
    classifiers, losses = zip(*trained, strict=True)
    weights, biases = zip(*(classifier.head() for classifier in classifiers), strict=True)
    standardizations = [classifier.standardization for classifier in classifiers]
    variables = {
        "theta": ("parameter", [classifier.theta for classifier in classifiers], "parameters"),
        "mean": ("unit", [layer.mean for layer in standardizations], "mean before standardization"),
        "scale": ("unit", [layer.scale for layer in standardizations], "spread before standardization"),
        "weight": ("class", weights, "weights of the last layer"),
        "bias": ("class", biases, "biases of the last layer"),
        "loss": ("epoch", losses, "cross-entropy"),
    }
    return xr.Dataset(
        {
            name: (("network", axis), np.array(values), netcdf.about(words))
            for name, (axis, values, words) in variables.items()
        },
        coords={"beta": beta_coordinate(beta)},
    )
