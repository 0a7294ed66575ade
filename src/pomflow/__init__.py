"""pomflow: deep learning in lattice physics as a reproducible pipeline.

A scan is made by ``make run``. To go on from its results in Python, open it:

>>> import pomflow
>>> scan = pomflow.open_scan("results/default")           # doctest: +SKIP
>>> run = scan.run("phi4", "4x4", "dense", mu=1.2)        # doctest: +SKIP
>>> run.observables["density"].real                       # doctest: +SKIP

A run has the model (its action ``run.model.value``), the path, configurations ``run.z``, their weights, any
reweighted mean with its error ``run.mean(...)``, and the history of the training; ``help("pomflow.opened")``
has all of it. What to read next, by subject:

models      ``pomflow.models.base``: what a model is; ``pomflow.registry.members("model")``: which there are
contours    ``pomflow.contours.base``: what a contour is; ``pomflow.contours.path``: a model on one
sampling    ``pomflow.samplers.hmc.sample``: hybrid Monte Carlo on a path
training    ``pomflow.training.optimize.optimize``: a path that is optimized
statistics  ``pomflow.analysis.statistics``: means with autocorrelation, reweighted means
networks    ``pomflow.nn.network``: the neural networks
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pomflow.opened import Run, Scan

__version__ = "0.1.0"


def open_scan(folder) -> "Scan":
    """The points and tables of a scan, from its folder ``results/SCAN``.

    Raises
    ------
    StoreError
        If there are no samples in it.
    """
    # what it needs takes a second to import, which no call of Snakemake shall wait for
    from pomflow.opened import Scan

    return Scan.of(folder)


def open_run(folder) -> "Run":
    """One point of a scan on one contour, from its folder ``results/SCAN/STUDY/LLATTICE/CONTOUR/POINT``.

    Raises
    ------
    StoreError
        If its samples are missing, damaged or of another theory than its path.
    ConfigError
        If its model or contour is a plug-in that was not named.
    LostError
        If it diverged.
    """
    from pomflow.opened import Run

    return Run.of(folder)
