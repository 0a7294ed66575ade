"""Specific heat from the biases of the last layer, on the exact curves."""

from pomflow.plotting import common
from pomflow.plotting.ising import common as ising_common


def draw(files, attrs):
    """C / N against T for every lattice; ``files`` maps a lattice to what its classifier says."""
    sheet, axes = common.figure()
    for (name, file), color, marker in zip(
        files.items(), common.shades(len(files)), common.MARKERS * len(files), strict=False
    ):
        ising_common.exact_curve(axes, file, color=color)
        ising_common.fluctuations(axes, file, color=color)
        ising_common.heat_points(axes, file, fmt=marker, color=color, label=ising_common.lattice(name))
    known = attrs["transition"]["temperature"]
    if known is not None and any("x" in name for name in files):
        axes.axvline(known, color=common.GATED, linestyle=":", label=r"$T_c$ of the infinite lattice")
    axes.set(
        title=f"{attrs['title']}: specific heat from the biases\n({_lines(files)})",
        xlabel=ising_common.TEMPERATURE,
        ylabel=ising_common.SPECIFIC_HEAT,
    )
    ising_common.end_temperatures(axes, files)
    axes.legend(loc="best")
    return sheet


def _lines(files) -> str:
    """What the lines are."""
    unknown = [file["specific_heat_exact"].isnull().all() for file in files.values()]
    if not any(unknown):
        return "lines: exact"
    return "dashed: fluctuations" if all(unknown) else "lines: exact; dashed: fluctuations"
