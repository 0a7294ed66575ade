"""A lattice of spins of a scan, opened for an analysis of one's own: configurations and classifiers."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path as Folder

import numpy as np
import xarray as xr

from pomflow.analysis import primary
from pomflow.errors import StoreError
from pomflow.io import netcdf
from pomflow.models.spins.base import SpinModel
from pomflow.stages.ising import extract_thermodynamics, train_classifier
from pomflow.stages.ising.files import model_of, read_classifier
from pomflow.studies.ising import readout
from pomflow.studies.ising.classifier import Classifier
from pomflow.studies.ising.dataset import KIND, Configurations

TRAINING, TEST, CLASSIFIER, THERMODYNAMICS = "training", "test", "classifier", "thermodynamics"
# settings of a set of configurations that those of another set, and of a classifier, may differ from
OWN = ("set", "sample")
REMEDY = "Run the scan to its end."


@dataclass(frozen=True)
class Spins:
    """Configurations of spins on one lattice at every temperature, with the classifiers that saw them.

    Attributes
    ----------
    folder : pathlib.Path
    settings : dict
        Of the job that sampled the configurations of training: ``model``, ``lattice``, ``beta``, ``seed``,
        ``sample``.
    """

    folder: Folder
    settings: dict

    @classmethod
    def of(cls, folder) -> "Spins":
        """From the folder of a lattice, ``results/SCAN/ising/LLATTICE`` or ``.../SYSTEM_LLATTICE``."""
        folder = place_of(folder)
        return cls(folder, _settings(folder / f"{TRAINING}.nc", KIND))

    @property
    def name(self) -> str:
        """System and lattice, with which the names of the ensembles of means begin."""
        return f"{self.model.system} {self.settings['lattice']}"

    @cached_property
    def model(self) -> SpinModel:
        """The model: ``model.energy(s)``, ``model.order(s)``, ``model.exact(beta)``, the ``transition``."""
        return model_of(self.settings)

    @property
    def beta(self) -> np.ndarray:
        """The inverse temperatures in units of 1 / J, which are the classes, shape (classes,)."""
        return np.array(self.settings["beta"])

    @cached_property
    def training(self) -> Configurations:
        """The configurations that classifiers are trained with.

        ``training.spins``, shape (classes, configurations, volume), ``training.energy``, shape (classes,
        configurations), and how many ``training.chains`` each class has.
        """
        return self._configurations(TRAINING)

    @cached_property
    def test(self) -> Configurations:
        """The configurations that they are judged with."""
        return self._configurations(TEST)

    def mean(self, values, test: bool = False) -> np.ndarray:
        """The mean at every temperature of what was calculated on every configuration, shape (classes,).

        They are observables of pyerrors, whose errors know the autocorrelation of the chains. Means at one
        temperature know their correlation; others, and those of the other set, are independent.

        Parameters
        ----------
        values : array, real, shape (classes, configurations)
            Such as ``model.order(training.spins)``.
        test : bool
            Whether they belong to the configurations of ``test``, not to those of ``training``.

        Raises
        ------
        ValueError
            If the shape is another one, or the values are complex.
        """
        values, configurations = np.asarray(values), self.test if test else self.training
        if values.shape != (wanted := configurations.energy.shape):
            raise ValueError(f"values has the shape {values.shape}, not (classes, configurations) = {wanted}")
        if np.iscomplexobj(values):
            raise ValueError("values are complex; give their real and imaginary parts one after the other")
        ensemble = f"{self.name} {TEST if test else TRAINING}"
        found = [
            primary.parts(of_class.reshape(configurations.chains, -1), f"{ensemble} beta={beta!r}")[0]
            for beta, of_class in zip(self.settings["beta"], values, strict=True)
        ]
        for one in found:
            one.gamma_method()
        return np.array(found)

    @property
    def classifiers(self) -> list[str]:
        """The names of the classifiers that are trained."""
        return sorted(path.parent.name for path in self.folder.glob(f"*/{CLASSIFIER}.nc"))

    def classifier(self, name: str) -> "SpinClassifier":
        """A trained classifier, such as ``tied``.

        Raises
        ------
        StoreError
            If there is none, or it cannot be read, or is left of an earlier run.
        """
        if name not in self.classifiers:
            known = f"There are: {', '.join(self.classifiers)}." if self.classifiers else REMEDY
            raise StoreError(str(self.folder), f"has no classifier {name}", known)
        path = self.folder / name / f"{CLASSIFIER}.nc"
        settings = _settings(path, train_classifier.KIND, self.settings)
        return SpinClassifier(self, path.parent, settings, read_classifier(path, settings, self.model))

    def _configurations(self, name: str) -> Configurations:
        path = self.folder / f"{name}.nc"
        _settings(path, KIND, self.settings)
        return Configurations.read(path, self.model)


@dataclass(frozen=True)
class SpinClassifier:
    """A trained classifier of the temperatures, with logits l_k = w_k h(s) + b_k.

    Attributes
    ----------
    spins : Spins
        What it has seen.
    folder : pathlib.Path
    settings : dict
        Of the job that trained it: ``train`` and others.
    network : Classifier
        That of the lowest loss, of several that differ by their random numbers.
    """

    spins: Spins
    folder: Folder
    settings: dict
    network: Classifier

    @property
    def weight(self) -> np.ndarray:
        """The weights w_k of the last layer, shape (classes,)."""
        return self.network.head()[0]

    @cached_property
    def bias(self) -> np.ndarray:
        """The biases b_k = - ln Z_k + a + c beta_k with the gauge fixed, shape (classes,).

        What free weights deviate from affine is moved into them, as ``readout.gauge_fixed`` does; the biases
        as trained are ``network.head()[1]``.
        """
        mean_h = self.h(self.spins.training).mean(axis=1)
        return readout.gauge_fixed(self.spins.beta, *self.network.head(), mean_h)

    @property
    def bias_err(self) -> np.ndarray:
        """The errors of ``bias`` without its affine part, which means nothing, shape (classes,)."""
        return self.thermodynamics["minus_bias_err"].values

    def h(self, configurations: Configurations) -> np.ndarray:
        """The number that decides, h(s), shape (classes, configurations)."""
        return extract_thermodynamics.deciding(self.network, self.spins.model, configurations)

    @property
    def history(self) -> xr.Dataset:
        """The trainings of all networks: ``loss``, the cross-entropy, along ``network`` and ``epoch``."""
        return netcdf.read(self.folder / f"{CLASSIFIER}.nc", train_classifier.KIND, ["loss"])

    @cached_property
    def thermodynamics(self) -> xr.Dataset:
        """What is read off: free energy, specific heat, curves and peaks with errors, beside exact values.

        Among others ``minus_bias`` and ``free_energy_exact`` along ``class``, without their affine parts;
        ``specific_heat`` along ``inner``, the classes between the first and the last; ``curve_network`` along
        ``fine``; ``t_peak``, ``excess``, ``correlation``; with ``_err`` the errors. Every variable has a
        ``long_name``.
        """
        path = self.folder / f"{THERMODYNAMICS}.nc"
        _settings(path, extract_thermodynamics.KIND, self.settings)
        return netcdf.read(path, extract_thermodynamics.KIND, ["minus_bias", "minus_bias_err"])


def place_of(folder) -> Folder:
    """A folder, with ~ for that of the user, wherever the process works later."""
    return Folder(folder).expanduser().resolve()


def _settings(path: Folder, kind: str, beside: dict | None = None) -> dict:
    """Of the job that made a file; what it has in common with settings beside them must be the same."""
    if not path.exists():
        raise StoreError(str(path), "does not exist", REMEDY)
    settings = json.loads(netcdf.read_provenance(path, kind)["config"])
    for name, value in (beside or {}).items():
        if name not in OWN and settings.get(name, value) != value:
            remedy = f"{REMEDY} It makes anew what is left of an earlier one."
            raise StoreError(str(path), f"was made with another {name} than what stands beside it", remedy)
    return settings
