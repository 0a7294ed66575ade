"""docs/reference/observables.md, from the models: ``python -m pomflow.config.observable_docs``."""

import inspect
import re
import sys

from pomflow import registry
from pomflow.config.docs import item
from pomflow.config.summary import first_sentence
from pomflow.models.base import Model
from pomflow.models.observables import Observable
from pomflow.models.quantities import Quantity
from pomflow.report.values import plain

HEAD = r"""# Observables

Made from the models by `make config-docs`; do not edit.

What each model measures: name, symbol, units, and what it is of one configuration. Its mean is reweighted,
$\langle O \rangle = \langle O e^{i\theta} \rangle_{pq} / \langle e^{i\theta} \rangle_{pq}$, and stands under
its name in `scan.csv`, with an imaginary part, an error, and exact values where they are known
([reading the results](../reading_results.md)). Quantities are made from several such means, with errors that
know their correlations; those with dimensions are series, in tables of their own.
[Lattice, models, observables](action.md) has formulas and functions, and
[add an observable](../how_to/observable.md) says how to have one more.
"""
# what Markdown would take for markup
MARKUP = re.compile(r"[<*|]")


def markdown() -> str:
    """A section for every model: observables, then quantities."""
    return "\n".join([HEAD, *(line for name in registry.members("model") for line in _model(name))])


def _model(name: str) -> list[str]:
    model = registry.load("model", name)
    title = plain(model.title)
    lines = [f"## {title[0].upper()}{title[1:]}", "", f"`{name}`. {first_sentence(model)}", ""]
    lines += [_observable(name, model, one) for one in registry.observables(name, model).values()]
    quantities = registry.quantities(name, model).values()
    if quantities:
        lines += ["", "Quantities:", "", *(_observable(name, model, one) for one in quantities)]
    return [*lines, ""]


def _observable(name: str, model: type[Model], one: Observable | Quantity) -> str:
    """An observable or a quantity."""
    about = [one.long_name, f"${one.symbol or one.name}$", *([one.units] if one.units != "1" else [])]
    along = [f"along {' and '.join(one.dimensions)}"] if one.dimensions else []
    meaning = MARKUP.sub(r"\\\g<0>", inspect.getdoc(one.function).partition("\n")[0])
    if one.odd:
        meaning += f" Odd in {', '.join(f'`{key}`' for key in one.odd)}."
    if f"{one.name}_im" in model.vanishing:
        meaning += " Its imaginary part is 0 by symmetry."
    return item(f"{name}.{one.name}", ", ".join([*about, *along]), meaning)


if __name__ == "__main__":
    sys.stdout.write(markdown())
