"""Scans and their points, opened for an analysis of one's own: fields, weights, means with errors."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path as Folder

import numpy as np
import pandas as pd
import pyerrors
import xarray as xr

from pomflow import registry
from pomflow.analysis import primary
from pomflow.config.scan import DECIMALS, PLANE, label_of, text_of
from pomflow.config.trainings import run_name
from pomflow.contours.path import Path
from pomflow.errors import ConfigError, StoreError
from pomflow.io import netcdf, provenance
from pomflow.models.base import Model, ModelPoint
from pomflow.models.quantities import of_observables
from pomflow.opened_spins import TRAINING, Spins, place_of
from pomflow.stages.scan.measure_observables import measured
from pomflow.stages.scan.point import Point, read_run
from pomflow.studies.ising.settings import prefix, system_of

SAMPLES, CONTOUR = "samples", "contour"
# the folder of the study of spins
SPINS = "ising"
# of ln w, relative; another rounding, or another device, changes less
LARGEST_CHANGE = 1e-6
# of the points that an error names
MOST_LISTED = 8


@dataclass(frozen=True)
class Run:
    """The configurations of one point on one contour, with the path that they lie on.

    Attributes
    ----------
    folder : pathlib.Path
    samples : xarray.Dataset
        The file of samples: fields, weights, the record of every trajectory.
    path : Path
        Model, contour and its parameters. ``path.at(t)`` is the path at real points t, ``path.log_weight(t)``
        the weight there; ``path.model.value(z)`` the action.
    settings : dict
        Of the job that sampled: ``study``, ``lattice``, ``contour``, ``point``, ``parameters``, ``seed``,
        ``hmc`` and others.
    """

    folder: Folder
    samples: xr.Dataset
    path: Path
    settings: dict

    @classmethod
    def of(cls, folder) -> "Run":
        """From the folder of a point, ``results/SCAN/STUDY/LLATTICE/CONTOUR/POINT``."""
        folder = place_of(folder)
        files = {SAMPLES: folder / f"{SAMPLES}.nc"}
        settings = json.loads(netcdf.read_provenance(files[SAMPLES], SAMPLES)["config"])
        if (folder / f"{CONTOUR}.nc").exists():
            files[CONTOUR] = folder / f"{CONTOUR}.nc"
        try:
            # files hold arrays of NumPy, whatever has computed them
            settings = {"contour": PLANE, "network": {}} | settings | {"backend": "numpy"}
            samples, path = read_run(files, Point.of(settings))
        except ConfigError as error:
            remedy = f"{error.remedy} Plug-ins are named first, by pomflow.registry.plug_in."
            raise ConfigError(str(folder), error.what, remedy) from error
        _require_weights(files[SAMPLES], samples, path)
        return cls(folder, samples, path, settings)

    def __reduce__(self):
        """Another process opens the folder again: a path holds modules and compiled code."""
        return Run.of, (self.folder,)

    @property
    def name(self) -> str:
        """Study, lattice, contour and point, which name the ensemble of its means."""
        return run_name(self.settings)

    @property
    def model(self) -> Model:
        """The model at this point."""
        return self.path.model

    @property
    def t(self) -> np.ndarray:
        """Real coordinates of the configurations, shape (chains, recorded, n)."""
        return self.samples["field"].values

    @cached_property
    def z(self) -> np.ndarray:
        """The configurations on the path, z(t), complex, shape (chains, recorded, n)."""
        return self.evaluate(lambda at: at.z)

    def evaluate(self, function: Callable[[ModelPoint], np.ndarray]) -> np.ndarray:
        """A function on every configuration, shape (chains, recorded, ...).

        Parameters
        ----------
        function : callable
            Of the model at a batch of configurations, ``at``: fields ``at.z``, action ``at.value``, and what
            else the model knows; it returns an array, shape (batch, ...). It must be holomorphic in z for its
            mean to be that of the theory: no conjugate, no modulus.
        """
        return measured(self.path, self.t, [lambda at: {"": function(at)}])[0][""]

    @property
    def log_weight(self) -> np.ndarray:
        """ln(det J exp(-S)), complex, shape (chains, recorded)."""
        return self.samples["log_modulus"].values + 1j * self.samples["phase"].values

    @property
    def phase_factor(self) -> np.ndarray:
        """exp(i theta) with theta = arg(det J exp(-S)), shape (chains, recorded)."""
        return np.exp(1j * self.samples["phase"].values)

    @property
    def average_phase_factor(self) -> pyerrors.CObs:
        """The mean of ``phase_factor``."""
        return self._plain_mean(self.phase_factor)

    def mean(self, values) -> pyerrors.CObs:
        r"""The reweighted mean of what was calculated on every configuration.

        .. math:: \langle O \rangle = \langle O e^{i\theta} \rangle / \langle e^{i\theta} \rangle

        Means of one run know their correlations, and those of other runs are independent: calculate with
        them as with numbers, call ``gamma_method()`` of the result, and print it.

        Parameters
        ----------
        values : array, real or complex, shape (chains, recorded)

        Raises
        ------
        ValueError
            If the shape is another one.
        """
        values = np.asarray(values)
        if values.shape != self.phase_factor.shape:
            wanted = self.phase_factor.shape
            raise ValueError(f"values has the shape {values.shape}, not (chains, recorded) = {wanted}")
        found = self._plain_mean(values * self.phase_factor) / self.average_phase_factor
        found.gamma_method()
        return found

    @cached_property
    def series(self) -> dict[str, np.ndarray]:
        """Every observable on every configuration, complex, shape (chains, recorded), by name."""
        known = of_observables(registry.observables(self.settings["model"], type(self.model)))
        functions = list(dict.fromkeys(one.moments for one in known.values()))
        parts = measured(self.path, self.t, functions)
        return {name: values for part in parts for name, values in part.items()}

    @cached_property
    def observables(self) -> dict[str, pyerrors.CObs]:
        """Their reweighted means by name."""
        return {name: self.mean(values) for name, values in self.series.items()}

    @property
    def history(self) -> xr.Dataset | None:
        """The history of the training of the contour, along ``step``; None on the plane, which has none."""
        path = self.folder / f"{CONTOUR}.nc"
        return netcdf.read(path, CONTOUR, ["theta"]) if path.exists() else None

    def _plain_mean(self, values: np.ndarray) -> pyerrors.CObs:
        found = pyerrors.CObs(*primary.parts(values, self.name))
        found.gamma_method()
        return found


def _require_weights(file: Folder, samples: xr.Dataset, path: Path) -> None:
    """Refuse configurations whose weights are not those of the model and the contour as they are now.

    Of one configuration, so that it costs next to nothing: code that was changed since changes all weights.
    """
    last = samples.isel(chain=0, trajectory=-1)
    kept = last["log_modulus"].item() + 1j * last["phase"].item()
    now = complex(path.log_weight(last["field"].values[None])[0])
    off = now - kept
    # a phase is known up to turns
    off = complex(off.real, np.angle(np.exp(1j * off.imag)))
    if not abs(off) <= LARGEST_CHANGE * (1 + abs(kept)):
        what = (
            f"ln w of a configuration was {kept:.8g} when it was sampled, and is {now:.8g} by the code of now"
        )
        remedy = "Run the workflow again, or open it with the code that made it."
        raise StoreError(str(file), what, remedy)


@dataclass(frozen=True)
class Scan:
    """The points and spins of a finished scan, or of one that is being made.

    Attributes
    ----------
    folder : pathlib.Path
    """

    folder: Folder

    @classmethod
    def of(cls, folder) -> "Scan":
        """From ``results/SCAN``."""
        scan = cls(place_of(folder))
        if not scan.places and not scan.spin_places:
            remedy = "Name the folder of a scan, such as results/default, once it has samples."
            raise StoreError(str(folder), "holds no samples of any point, and no spins", remedy)
        return scan

    @property
    def places(self) -> list[tuple[str, str, str, str]]:
        """(study, lattice, contour, point) of all that is sampled by now."""
        return provenance.sampled(self.folder)

    def run(self, study: str, lattice: str, contour: str, **values: float) -> Run:
        """One point on one contour.

        Parameters
        ----------
        study, lattice, contour : str
            Such as ``phi4``, ``4x4``, ``dense``; the contour ``plane`` is the undeformed one, and
            ``dense,training=2`` a further training.
        **values : float
            Of the axes of the study at the point, such as ``mu=0.4``.

        Raises
        ------
        StoreError
            If there are no such samples, or they cannot be read.
        LostError
            If the run diverged.
        """
        # a value of numpy.linspace is written as configs write it
        texts = {axis: text_of(round(float(value), DECIMALS)) for axis, value in values.items()}
        place, places = (study, lattice, contour, label_of(texts)), self.places
        if place not in places:
            known = [found for found in places if found[:3] == place[:3]] or places
            raise self._missing("samples of", place, known, "its spins are opened by spins(system, lattice)")
        return Run.of(self.folder.joinpath(study, f"L{lattice}", contour, place[3]))

    def table(self, study: str, lattice: str, contour: str) -> pd.DataFrame:
        """The table ``scan.csv`` of a path, or with the contour ``exact`` that of the exact simulations."""
        path = self.folder.joinpath(study, f"L{lattice}", contour, "scan.csv")
        return _read_table(path, "name another path")

    @property
    def spin_places(self) -> list[tuple[str, str]]:
        """(system, lattice) of all configurations of spins by now."""
        found = sorted(self.folder.glob(f"{SPINS}/*L*/{TRAINING}.nc"))
        parts = [path.parent.name.rpartition("L") for path in found]
        return [(system_of(before), lattice) for before, _, lattice in parts]

    def spins(self, system: str, lattice: str) -> Spins:
        """The configurations of spins of one lattice, at every temperature, and their classifiers.

        Parameters
        ----------
        system, lattice : str
            Such as ``potts3``, ``8x8``; ``spin_places`` has all.

        Raises
        ------
        StoreError
            If there are none, or they cannot be read.
        """
        place, places = (system, lattice), self.spin_places
        if place not in places:
            known = [found for found in places if found[0] == system] or places
            raise self._missing("spins of", place, known, "enable its study ising and run it to its end")
        return Spins.of(self.folder.joinpath(SPINS, f"{prefix(system)}L{lattice}"))

    def spin_table(self, system: str, name: str) -> pd.DataFrame:
        """A table of a system: ``thermodynamics``, ``critical_temperature``, ``exponents``, ``classifiers``.

        Raises
        ------
        StoreError
            If it does not exist.
        """
        folder = self.folder / SPINS
        known = ", ".join(path.name for path in sorted(folder.glob("*.csv"))) or "none yet"
        return _read_table(folder / f"{prefix(system)}{name}.csv", f"name another table; there are {known}")

    def _missing(self, what: str, place: tuple, known: list[tuple], otherwise: str) -> StoreError:
        """Of a place that is not there, with those that are, or what to do where there are none."""
        listed = "; ".join(" ".join(found) for found in known[:MOST_LISTED])
        more = f"; and {len(known) - MOST_LISTED} more" if len(known) > MOST_LISTED else ""
        remedy = f"There are: {listed}{more}." if known else f"The scan has none: {otherwise}."
        return StoreError(str(self.folder), f"has no {what} {' '.join(map(str, place))}", remedy)


def _read_table(path: Folder, otherwise: str) -> pd.DataFrame:
    """A table in csv."""
    try:
        return pd.read_csv(path)
    except FileNotFoundError as error:
        raise StoreError(str(path), "does not exist", f"Run the scan to its end, or {otherwise}.") from error
