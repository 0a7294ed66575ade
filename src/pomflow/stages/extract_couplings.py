"""Couplings J_ij that a fully connected network has learned, beside those of the model."""

import numpy as np
import xarray as xr

from pomflow import store
from pomflow.ising.connected import learned_couplings
from pomflow.stages.ising import model_of, read_classifiers

KIND = "couplings"


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['couplings']`` from ``inputs['classifier']``: mean of the networks, and truth."""
    started, model = store.Clock.start(), model_of(params)
    networks = read_classifiers(inputs["classifier"], params, model)
    learned = np.mean([learned_couplings(network) for network in networks], axis=0)
    sites = ("site", "other")
    dataset = xr.Dataset(
        {
            "learned": (sites, learned, store.about("learned coupling", "J")),
            "exact": (sites, model.couplings, store.about("coupling of the model", "J")),
        }
    )
    store.write(dataset, outputs["couplings"], KIND, store.describe_run(params, "CPU", started))
