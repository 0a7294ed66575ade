"""Why the weights of the last layer are tied: raw, gauge-fixed and tied second differences."""

from pomflow.plotting import common
from pomflow.plotting.ising import common as ising_common
from pomflow.plotting.words import say


def draw(files, attrs):
    """C / N of a free head as trained, of the same with its gauge fixed, and of a tied head."""
    sheet, panels = common.figure(1, 3, squeeze=False)
    free, tied = files["free"], files["tied"]
    for panel, file, name, title in zip(
        panels[0],
        (free, free, tied),
        ("specific_heat_raw", "specific_heat", "specific_heat"),
        (say("free head, raw"), say("free head, gauge fixed"), say("tied head")),
        strict=True,
    ):
        ising_common.exact_curve(panel, file, label=say("exact"))
        panel.plot(
            file["temperature"],
            file[name],
            "o",
            markersize=common.marker(0.8),
            color=common.OPTIMIZED,
            label=say("network"),
        )
        panel.set(title=title, xlabel=ising_common.temperature())
    panels[0, 0].set_ylabel(ising_common.specific_heat())
    panels[0, 0].legend(loc="best")
    panels[0, 1].sharey(panels[0, 2])
    sheet.suptitle(
        say(
            "The last layer, {lattice} (note the scale on the left)",
            lattice=ising_common.lattice(attrs["lattice"]),
        )
    )
    return sheet
