"""Learning without labels from Ising spins."""

from pomflow.plotting import common
from pomflow.plotting.words import say


def draw(lesson, attrs):
    """Variances of components, the first one against the magnetization, divergence of the machine."""
    sheet, (variances, scores, divergences) = common.figure(1, 3)
    variances.semilogy(lesson["component"], lesson["variance"], "o", color=common.OPTIMIZED)
    variances.set(title=say("Principal components"), xlabel=say("component"), ylabel=say("variance"))
    scores.plot(
        lesson["magnetization"],
        lesson["score"],
        ".",
        markersize=common.marker(0.45),
        color=common.OPTIMIZED,
        rasterized=True,
    )
    scores.set(
        title=say("The first one"), xlabel=say("magnetization per site"), ylabel=say("first component")
    )
    divergences.loglog(lesson["hidden"], lesson["divergence"], "o-", color=common.OPTIMIZED)
    divergences.set_xticks(lesson["hidden"].values, [str(number) for number in lesson["hidden"].values])
    divergences.set_xticks([], minor=True)
    divergences.set(
        title=say("Boltzmann machine, ring of 10"),
        xlabel=say("hidden units"),
        ylabel=say("exact divergence (nats)"),
    )
    return sheet
