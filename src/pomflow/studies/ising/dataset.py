"""Files of Ising configurations: one bit a spin."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from pomflow.io import netcdf

KIND = "ising"


@dataclass(frozen=True)
class Configurations:
    """Configurations of every class.

    Attributes
    ----------
    spins : array of int8, +-1, shape (classes, configurations, volume)
    energy : array, shape (classes, configurations)
    chains : int
        Of each class; configurations of one chain stand together.
    """

    spins: np.ndarray
    energy: np.ndarray
    chains: int

    @classmethod
    def read(cls, path, volume: int) -> "Configurations":
        """From a file."""
        file = netcdf.read(path, KIND, ["bits", "energy"])
        netcdf.require_numbers(path, file["bits"], (None, None, -(-volume // 8)))
        netcdf.require_numbers(path, file["energy"], file["bits"].shape[:2])
        bits = np.unpackbits(file["bits"].values, axis=-1, count=volume)
        return cls(2 * bits.astype(np.int8) - 1, file["energy"].values, file.attrs["chains"])

    def rows(self) -> np.ndarray:
        """All configurations, sorted by class, shape (classes * configurations, volume)."""
        return self.spins.reshape(-1, self.spins.shape[-1])


def dataset(beta: list[float], configurations: Configurations) -> xr.Dataset:
    """What ``Configurations.read`` reads."""
    bits = np.packbits(configurations.spins > 0, axis=-1)
    each = ("class", "configuration")
    return xr.Dataset(
        {
            "bits": ((*each, "byte"), bits, netcdf.about("spins, a bit 1 for +1")),
            "energy": (each, configurations.energy, netcdf.about("energy", "J")),
        },
        coords={"beta": beta_coordinate(beta)},
        attrs={"chains": configurations.chains},
    )


def beta_coordinate(beta) -> tuple:
    """The coordinate of the classes."""
    return "class", beta, netcdf.about("inverse temperature", "1 / J")
