"""Files of configurations of spins: one bit a spin of two values, two bits a spin of three, ..."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from pomflow.io import netcdf
from pomflow.models.spins.base import SpinModel

KIND = "ising"


@dataclass(frozen=True)
class Configurations:
    """Configurations of every class.

    Attributes
    ----------
    spins : array of int8, shape (classes, configurations, volume)
    energy : array, shape (classes, configurations)
    chains : int
        Of each class; configurations of one chain stand together.
    """

    spins: np.ndarray
    energy: np.ndarray
    chains: int

    @classmethod
    def read(cls, path, model: SpinModel) -> "Configurations":
        """From a file."""
        file = netcdf.read(path, KIND, ["bits", "energy"])
        count = _planes(model) * model.lattice.volume
        netcdf.require_numbers(path, file["bits"], (None, None, -(-count // 8)))
        netcdf.require_numbers(path, file["energy"], file["bits"].shape[:2])
        bits = np.unpackbits(file["bits"].values, axis=-1, count=count)
        planes = bits.reshape(*bits.shape[:2], _planes(model), model.lattice.volume)
        place = sum(planes[:, :, bit].astype(np.int64) << bit for bit in range(_planes(model)))
        return cls(np.sort(model.values)[place], file["energy"].values, file.attrs["chains"])

    def rows(self) -> np.ndarray:
        """All configurations, sorted by class, shape (classes * configurations, volume)."""
        return self.spins.reshape(-1, self.spins.shape[-1])


def dataset(beta: list[float], configurations: Configurations, model: SpinModel) -> xr.Dataset:
    """What ``Configurations.read`` reads."""
    place = np.searchsorted(np.sort(model.values), configurations.spins).astype(np.uint8)
    bits = np.concatenate([place >> bit & 1 for bit in range(_planes(model))], axis=-1)
    each = ("class", "configuration")
    words = "places of the spins among their values, the smallest first: all lowest bits, then the next"
    return xr.Dataset(
        {
            "bits": ((*each, "byte"), np.packbits(bits, axis=-1), netcdf.about(words)),
            "energy": (each, configurations.energy, netcdf.about("energy", "J")),
        },
        coords={"beta": beta_coordinate(beta)},
        attrs={"chains": configurations.chains},
    )


def _planes(model: SpinModel) -> int:
    """Bits of a spin."""
    return (len(model.values) - 1).bit_length()


def beta_coordinate(beta) -> tuple:
    """The coordinate of the classes."""
    return "class", beta, netcdf.about("inverse temperature", "1 / J")
