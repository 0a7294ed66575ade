"""Drawing of the Ising study."""

from pomflow.io import netcdf
from pomflow.plotting import common

READ = ["specific_heat", "minus_bias", "t_peak", "h", "energy"]


def comparison(inputs: dict, outputs: dict, params: dict) -> None:
    """The figure ``params['figure']`` of lattices or classifiers, which ``params['shown']`` names."""
    files = {
        name: netcdf.read(path, "thermodynamics", READ)
        for name, path in zip(params["shown"], inputs["thermodynamics"], strict=True)
    }
    common.make(f"ising_{params['figure']}", outputs, params, files)


def couplings(inputs: dict, outputs: dict, params: dict) -> None:
    """Learned couplings, from ``inputs['couplings']``."""
    common.make(
        "ising_couplings", outputs, params, netcdf.read(inputs["couplings"], "couplings", ["learned"])
    )
