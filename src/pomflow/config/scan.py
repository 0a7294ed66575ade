"""The scan that a configuration describes: its studies, the points of their grids, paths and names.

What a point is called, in files, tables, messages and random streams, is said here and nowhere else.
"""

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from pomflow import registry
from pomflow.lattice import Lattice
from pomflow.models.base import Model, require_values
from pomflow.models.observables import Observable
from pomflow.models.simulation import Simulation

# A value names files, so its text is kept short.
DECIMALS = 10
# An integral along an axis has at least so many nodes, for an estimate of its error.
FEWEST_NODES = 3
# of an integral; more nodes would only cost time
FINEST_SPACING = 0.01
# The study of the earlier releases, which had one: its random streams keep their names, and so its numbers.
FIRST_STUDY = "phi4"
# For the same reason a point of this axis alone is named by its value there.
FIRST_AXES = ("mu",)
PLANE = "plane"


def axis_values(entry: list | dict) -> list[float]:
    """The values of an axis, a list or {start, stop, num} with both ends included, in increasing order.

    Examples
    --------
    >>> axis_values({"start": 0, "stop": 0.6, "num": 3})
    [0.0, 0.3, 0.6]
    """
    if isinstance(entry, dict):
        # 0.6000000000000001 is meant as 0.6
        entry = np.linspace(entry["start"], entry["stop"], entry["num"]).round(DECIMALS)
    # + 0.0 turns -0.0 into 0.0
    return sorted(float(value) + 0.0 for value in entry)


def text_of(value: float) -> str:
    """The shortest decimal text of a value: 0, 0.4, 1.13."""
    return np.format_float_positional(value, trim="-")


def label_of(texts: Mapping[str, str]) -> str:
    """The name of a point, of its values by axis as texts: mu=0.4,coupling=1."""
    return ",".join(f"{axis}={text}" for axis, text in texts.items())


def texts_of(label: str) -> dict[str, str]:
    """The values by axis of a point of this name, as texts."""
    return dict(part.split("=") for part in label.split(","))


def values_of(label: str) -> dict[str, float]:
    """The values by axis of a point of this name."""
    return {axis: float(text) for axis, text in texts_of(label).items()}


def row_at(table: pd.DataFrame, point: str) -> pd.Series:
    """The row of a table, with the axes among its columns, at the point of this name."""
    at = values_of(point)
    return table[(table[list(at)] == list(at.values())).all(axis=1)].iloc[0]


def stream_labels(study: str, stage: str, lattice: str, contour: str, point: str) -> tuple[str, ...]:
    """What names the random numbers of a job.

    The study is among them, so that no two studies share random numbers; and the values of all axes, never
    their place in the list: adding a value changes no other.
    """
    texts = texts_of(point)
    name = texts["mu"] if tuple(texts) == FIRST_AXES else point
    return (stage, lattice, contour, name) if study == FIRST_STUDY else (study, stage, lattice, contour, name)


def lattice_text(shape: Iterable[int]) -> str:
    """The name of a lattice, time first: 4x4."""
    return str(Lattice(tuple(shape)))


def lattice_entries(study: dict) -> list[tuple[list, list]]:
    """Shape and contours of every lattice of a study's configuration."""
    return [
        (entry["shape"], entry["contours"]) if isinstance(entry, dict) else (entry, study["contours"])
        for entry in study["lattices"]
    ]


def predecessor(lattice: str, curriculum: list[list[int]]) -> str | None:
    """The largest lattice of a curriculum that is smaller than this one and fits into it, if any."""
    shape = Lattice.parse(lattice).shape
    smaller = [
        tuple(other)
        for other in curriculum
        if len(other) == len(shape)
        and tuple(other) != shape
        and all(mine <= room for mine, room in zip(other, shape, strict=True))
    ]
    return lattice_text(max(smaller, key=math.prod)) if smaller else None


def spread(items: list, most: int) -> list:
    """At most ``most`` items, evenly spread with both ends."""
    if len(items) <= most:
        return list(items)
    return [items[round(position)] for position in np.linspace(0, len(items) - 1, most)]


def integration_grid(values: Iterable[float], spacing: float) -> list[float]:
    """Multiples of a spacing from 0 to the first that is not below the largest abs(value), at least three.

    The integral from 0 to any value runs along them, and its error is estimated from the neighbours. They
    depend on the list of values only by their number. Without a spacing there is no integral and no grid.
    """
    if not spacing:
        return []
    count = math.ceil(round(max(map(abs, values)) / spacing, DECIMALS))
    return [round(k * spacing, DECIMALS) for k in range(max(count, FEWEST_NODES - 1) + 1)]


@dataclass(frozen=True)
class Study:
    """A model on some lattices at the points of a grid, on some contours.

    Attributes
    ----------
    name : str
    settings : dict
        The resolved section of the config.
    """

    name: str
    settings: dict

    @cached_property
    def model(self) -> type[Model]:
        """The class of the model."""
        return registry.load("model", self.settings["model"])

    @cached_property
    def observables(self) -> dict[str, Observable]:
        """What is measured, by name: the observables of the model and the registered ones that serve it."""
        return registry.observables(self.settings["model"], self.model)

    # without their class, which to import here would make every edit of it an edit of all that is sampled
    @cached_property
    def quantities(self) -> dict:
        """What is made from means, by name: numbers, such as susceptibilities, and series."""
        return registry.quantities(self.settings["model"], self.model)

    @property
    def numbers(self) -> dict:
        """The quantities that are numbers, which are columns of the table of the scan."""
        return {name: one for name, one in self.quantities.items() if not one.dimensions}

    @property
    def has_numbers(self) -> bool:
        """Whether it has numbers that are made from means, or control variates."""
        return bool(self.numbers) or self.model.has_identities()

    @property
    def series(self) -> dict:
        """The quantities with dimensions, such as correlators, each of which has a table of its own."""
        return {name: one for name, one in self.quantities.items() if one.dimensions}

    @cached_property
    def axes(self) -> dict[str, tuple[str, ...]]:
        """The values of every axis as texts, in increasing order."""
        return {
            axis: tuple(map(text_of, axis_values(entry))) for axis, entry in self.settings["over"].items()
        }

    @property
    def first_axis(self) -> str:
        """The axis that figures have along x."""
        return next(iter(self.axes))

    @cached_property
    def points(self) -> list[str]:
        """The names of all points of the grid, the last axis running fastest."""
        return [
            label_of(dict(zip(self.axes, texts, strict=True)))
            for texts in itertools.product(*self.axes.values())
        ]

    def values(self, point: str) -> dict:
        """All parameters of the model at a point, by name."""
        return require_values(self.model, self.settings["parameters"] | values_of(point))

    @cached_property
    def fixed(self) -> dict:
        """The parameters that are the same at all points, by name."""
        values = self.values(self.points[0])
        return {name: value for name, value in values.items() if name not in self.axes}

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """(lattice, contour) of every path, in the order of the configuration."""
        return [
            (lattice_text(shape), contour)
            for shape, contours in lattice_entries(self.settings)
            for contour in contours
        ]

    @property
    def sampled(self) -> list[tuple[str, str]]:
        """What hybrid Monte Carlo samples: the paths, and before them the planes where the model has one."""
        planes = [(lattice, PLANE) for lattice in self.lattices] if self.model.plane else []
        return planes + self.trained

    @property
    def trained(self) -> list[tuple[str, str]]:
        """Those of them that are not the undeformed plane."""
        return [pair for pair in self.pairs if pair[1] != PLANE]

    @property
    def lattices(self) -> list[str]:
        """The lattices in the order of their first appearance."""
        return list(dict.fromkeys(lattice for lattice, _ in self.pairs))

    @property
    def against_volume(self) -> list[tuple[str, str]]:
        """(lattice, contour) of the contours that are on more than one lattice."""
        count = Counter(contour for _, contour in self.trained)
        return [pair for pair in self.trained if count[pair[1]] > 1]

    def shown(self, most: int, with_phase: bool = False) -> list[str]:
        """Some points, evenly spread over the grid.

        Parameters
        ----------
        most : int
        with_phase : bool
            Without those where the first axis is 0, at which many theories have no sign problem.
        """
        rest = [point for point in self.points if float(texts_of(point)[self.first_axis])]
        return spread((rest if with_phase else []) or self.points, most)

    @property
    def curved(self) -> list[tuple[str, str]]:
        """(lattice, contour) of the paths whose tables have curves between their points."""
        return self.trained if self.settings["curves"]["points"] else []

    @property
    def switched(self) -> list[tuple[str, str]]:
        """(lattice, contour) of the paths on which the free energy of the phase is measured."""
        return self.trained if self.settings["free_energy"]["nodes"] else []

    # --- the exact simulation -------------------------------------------------------------------------------

    @cached_property
    def simulation(self) -> Simulation | None:
        """The exact simulation of the model, if it has one and it is switched on."""
        return self.model.stated("simulation") if self.settings["worm"]["enabled"] else None

    @cached_property
    def simulated(self) -> bool:
        """Whether any point is simulated exactly, on any lattice."""
        return bool(self.simulated_lattices)

    @cached_property
    def simulated_lattices(self) -> list[str]:
        """The lattices on which points are simulated exactly."""
        if self.simulation is None or not self._simulated_points:
            return []
        return [lattice for lattice in self.lattices if self.simulation.serves_on(Lattice.parse(lattice))]

    @cached_property
    def _simulated_points(self) -> list[str]:
        return [point for point in self.points if self.simulation.serves(self.values(point))]

    @cached_property
    def nodes(self) -> dict[str, bool]:
        """The points of the exact simulation by name, and whether the integral along its axis runs over them.

        One group of nodes for each value of the other axes, along the axis of the simulation in increasing
        order, from 0 where there is an integral.
        """
        axis, found = self.simulation.axis, {}
        for others, values in self._lines().items():
            grid = set(integration_grid(values, self.settings["worm"]["spacing"]))
            for value in sorted({abs(value) for value in values} | grid):
                found[label_of(dict(others) | {axis: text_of(value)})] = value in grid
        return {self._ordered(node): on_grid for node, on_grid in found.items()}

    @cached_property
    def node_of(self) -> dict[str, str]:
        """The node that knows the exact values of a point: that of the modulus of the simulation's axis."""
        axis = self.simulation.axis
        modulus = {point: text_of(abs(self.values(point)[axis])) for point in self._simulated_points}
        return {
            point: self._ordered(label_of(texts_of(point) | {axis: text})) for point, text in modulus.items()
        }

    def _lines(self) -> dict[tuple, list[float]]:
        """For each combination of the other axes, as texts, the values of the simulation's axis."""
        axis, lines = self.simulation.axis, {}
        for point in self._simulated_points:
            others = tuple(item for item in texts_of(point).items() if item[0] != axis)
            lines.setdefault(others, []).append(self.values(point)[axis])
        return lines

    def _ordered(self, node: str) -> str:
        """A node with its axes in the order of the study, one that is no axis of it at the end."""
        texts = texts_of(node)
        order = [axis for axis in self.axes if axis in texts]
        order += [axis for axis in texts if axis not in self.axes]
        return label_of({axis: texts[axis] for axis in order})


def studies(config: dict) -> dict[str, Study]:
    """The studies of a resolved configuration by name."""
    return {name: Study(name, settings) for name, settings in config["studies"].items()}
