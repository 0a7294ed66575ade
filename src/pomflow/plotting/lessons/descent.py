"""Gradient descent by single examples, minibatches and all examples at once."""

from pomflow.plotting import common
from pomflow.plotting.words import say


def draw(lesson, attrs):
    """Loss above the least one against epochs and steps; noise of the gradient against the batch."""
    sheet, (epochs, steps, noise) = common.figure(1, 3)
    for batch, color in zip(lesson["batch"].values, common.shades(lesson.sizes["batch"]), strict=True):
        excess = lesson["excess"].sel(batch=batch)[1:]
        number = excess["epoch"].values
        epochs.loglog(number, excess, color=color, label=say("batch of {size}", size=batch))
        steps.loglog(number * lesson["steps"].sel(batch=batch).item(), excess, color=color)
    epochs.set(title=say("By examples seen"), xlabel=say("epoch"), ylabel=say("loss above the least one"))
    epochs.legend(loc="best")
    steps.set(title=say("By steps"), xlabel=say("step"), ylabel=say("loss above the least one"))
    expected = lesson["variance_expected"]
    noise.loglog(lesson["size"], expected, color=common.EXACT, label="∝ (N − B) / (B (N − 1))")
    noise.loglog(lesson["size"], lesson["variance"], "o", color=common.OPTIMIZED, label=say("measured"))
    noise.set(
        title=say("Noise of the gradient"), xlabel=say("examples B in a minibatch"), ylabel=say("variance")
    )
    noise.legend(loc="best")
    return sheet
