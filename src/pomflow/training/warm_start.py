"""A supervised start of a contour: its network is fitted to a path that the model knows."""

from pomflow.contours.base import Contour
from pomflow.nn import Adam, SquaredError, fit, hold_then_cosine
from pomflow.random.stream import Stream


def warm_start(contour: Contour, theta, t, target, settings: dict, stream: Stream, epochs):
    """Fit a contour's network to a path that is known to be good on some configurations.

    Parameters
    ----------
    contour : Contour
        With a ``network``.
    theta : array, shape (n_parameters,)
    t : array, shape (configurations, n)
        Configurations on the undeformed plane.
    target : array, shape (configurations, n)
        Im z of the path there, ``Model.warm_start_target``: for a scalar field that of the path which is
        exact for the Gaussian theory with an effective mass.
    settings : dict
        The ``warm_start`` section of the config.
    stream : Stream
        Source of the orders of the minibatches.
    epochs : sized iterable of int

    Returns
    -------
    theta : array, shape (n_parameters,)
    history : list of float
        Mean squared error of every epoch, halved.
    """
    rate = hold_then_cosine(settings["learning_rate"])
    loss, batch = SquaredError(), settings["batch"]
    return fit(contour.network, theta, t, target, loss, Adam(), rate, batch, epochs, stream)
