"""Gradient descent by single examples, minibatches and all examples at once."""

from pomflow.plotting import common


def draw(lesson, attrs):
    """Loss above the least one against epochs, noise of the gradient against the size of the batch."""
    sheet, (losses, noise) = common.figure(1, 2)
    for batch, color in zip(lesson["batch"].values, common.shades(lesson.sizes["batch"]), strict=True):
        excess = lesson["excess"].sel(batch=batch)
        losses.loglog(1 + lesson["epoch"].values, excess, color=color, label=f"batch of {batch}")
    losses.set(title="descent", xlabel="1 + epoch", ylabel="loss above the least one")
    losses.legend(loc="best")
    noise.loglog(
        lesson["size"], lesson["variance_expected"], color=common.EXACT, label="(N − B) / (B (N − 1))"
    )
    noise.loglog(lesson["size"], lesson["variance"], "o", color=common.OPTIMIZED, label="measured")
    noise.set(title="noise of the gradient", xlabel="examples B in a minibatch", ylabel="variance")
    noise.legend(loc="best")
    return sheet
