"""A supervised start of a contour: its network is fitted to a path that the model knows."""

from pomflow.nn import Adam, SquaredError, fit, hold_then_cosine
from pomflow.random.stream import Stream


def warm_start(model, contour, theta, t, settings: dict, stream: Stream, epochs):
    """Fit a contour's network to a path that the model knows to be good.

    The target of a configuration t is Im z of that path, ``model.warm_start_target``: for a scalar field the
    path that is exact for the Gaussian theory with an effective mass.

    Parameters
    ----------
    model : Model
        With a ``warm_start_target``.
    contour : Contour
        With a ``network``.
    theta : array, shape (n_parameters,)
    t : array, shape (configurations, n)
        Configurations on the undeformed plane.
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
    target = model.warm_start_target(t)
    rate = hold_then_cosine(settings["learning_rate"])
    loss, batch = SquaredError(), settings["batch"]
    return fit(contour.network, theta, t, target, loss, Adam(), rate, batch, epochs, stream)
