"""What the stages of an Ising study share: the model, its streams, its classifiers in files."""

import numpy as np

from pomflow import store
from pomflow.ising.classifier import Classifier
from pomflow.ising.designs import DESIGNS, features
from pomflow.ising.model import Ising
from pomflow.lattice import Lattice
from pomflow.random import Stream

CLASSIFIER = ["theta", "mean", "scale"]


def model_of(params: dict) -> Ising:
    """The model that the parameters of a stage name."""
    return Ising(Lattice.parse(params["lattice"]), params["decay"])


def stream_of(params: dict, stage: str, *labels: str) -> Stream:
    """Random numbers of a stage on its lattice."""
    return Stream(params["seed"], stage, params["lattice"], *labels)


def read_classifiers(path, params: dict, model: Ising) -> list[Classifier]:
    """The networks of a file of ``train_classifier``."""
    file = store.read(path, "classifier", CLASSIFIER)
    design, beta = DESIGNS[params["classifier"]], np.array(params["beta"])
    inputs = features(design, model, np.ones((1, model.lattice.volume))).shape[1]
    parts = zip(*(file[name].values for name in CLASSIFIER), strict=True)
    return [Classifier.restored(design, beta, inputs, params["train"], *part) for part in parts]
