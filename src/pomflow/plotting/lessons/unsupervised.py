"""Learning without labels from Ising spins."""

from pomflow.plotting import common


def draw(lesson, attrs):
    """Variances of components, the first one against the magnetization, divergence of the machine."""
    sheet, (variances, scores, divergences) = common.figure(1, 3)
    variances.semilogy(lesson["component"], lesson["variance"], "o", color=common.OPTIMIZED)
    variances.set(title="Principal components", xlabel="component", ylabel="variance")
    scores.plot(
        lesson["magnetization"],
        lesson["score"],
        ".",
        markersize=common.marker(0.45),
        color=common.OPTIMIZED,
        rasterized=True,
    )
    scores.set(title="The first one", xlabel="magnetization per site", ylabel="first component")
    divergences.loglog(lesson["hidden"], lesson["divergence"], "o-", color=common.OPTIMIZED)
    divergences.set_xticks(lesson["hidden"].values, [str(number) for number in lesson["hidden"].values])
    divergences.set_xticks([], minor=True)
    divergences.set(
        title="Boltzmann machine, ring of 10", xlabel="hidden units", ylabel="exact divergence (nats)"
    )
    return sheet
