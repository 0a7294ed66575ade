"""pomflow: deep learning in lattice physics as a reproducible pipeline.

A scan is made by ``make run``. To go on from its results in Python, open it:

>>> import pomflow
>>> scan = pomflow.open_scan("results/default")           # doctest: +SKIP
>>> run = scan.run("phi4", "4x4", "dense", mu=1.2)        # doctest: +SKIP
>>> run.observables["density"].real                       # doctest: +SKIP

A run has the model (its action ``run.model.value``), the path, configurations ``run.z``, their weights, any
reweighted mean with its error ``run.mean(...)``, and the history of the training; ``help("pomflow.opened")``
has all of it. The study of spins opens in the same way:

>>> spins = scan.spins("ising", "8x8")                    # doctest: +SKIP
>>> spins.mean(spins.model.order(spins.training.spins))   # doctest: +SKIP
>>> spins.classifier("tied").bias                         # doctest: +SKIP

A lattice of spins has the model, its temperatures ``spins.beta``, configurations of training and test, means
with errors, and classifiers with weights, biases and thermodynamics; ``help("pomflow.opened_spins")`` has all
of it. What to read next, by subject:

models      ``pomflow.models.base``: what a model is; ``pomflow.registry.members("model")``: which there are
contours    ``pomflow.contours.base``: what a contour is; ``pomflow.contours.path``: a model on one
sampling    ``pomflow.samplers.hmc.sample``: hybrid Monte Carlo on a path
training    ``pomflow.training.optimize.optimize``: a path that is optimized
statistics  ``pomflow.analysis.statistics``: means with autocorrelation, reweighted means
networks    ``pomflow.nn.network``: the neural networks
spins       ``pomflow.models.spins.base``: what a model of spins is
"""

from importlib import import_module

__version__ = "0.1.0"


def open_scan(folder):
    """The points, spins and tables of a scan, from its folder ``results/SCAN``.

    Returns
    -------
    pomflow.opened.Scan

    Raises
    ------
    StoreError
        If there are neither samples nor spins in it.
    """
    return _opened().Scan.of(folder)


def open_run(folder):
    """One point of a scan on one contour, from its folder ``results/SCAN/STUDY/LLATTICE/CONTOUR/POINT``.

    Returns
    -------
    pomflow.opened.Run

    Raises
    ------
    StoreError
        If its samples are missing, damaged or of another theory than its path, or if the code of its model or
        contour was changed since: a weight is compared.
    ConfigError
        If its model or contour is a plug-in that was not named.
    LostError
        If it diverged.
    """
    return _opened().Run.of(folder)


def _opened():
    """The module behind both, by its name: imported as usual, every job would depend on all that it needs."""
    return import_module("pomflow.opened")
