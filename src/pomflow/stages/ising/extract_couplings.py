"""Couplings J_ij that a fully connected network has learned, beside those of the model."""

import xarray as xr

from pomflow.io import netcdf
from pomflow.stages.ising.files import model_of, read_classifier
from pomflow.studies.ising.connected import learned_couplings

KIND = "couplings"


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['couplings']`` from ``inputs['classifier']``, beside the truth."""
    started, model = netcdf.Clock.start(), model_of(params)
    learned = learned_couplings(read_classifier(inputs["classifier"], params, model))
    sites = ("site", "other")
    dataset = xr.Dataset(
        {
            "learned": (sites, learned, netcdf.about("learned coupling", "J")),
            "exact": (sites, model.couplings, netcdf.about("coupling of the model", "J")),
        }
    )
    netcdf.write(dataset, outputs["couplings"], KIND, netcdf.describe_run(params, "CPU", started))
