"""Models and other plug-ins in words, for the command line and config/README.md."""

import inspect
import json

from pomflow import registry
from pomflow.config.resolve import fitting_contours
from pomflow.models.base import Model, Parameter

LIMITS = {"minimum": "≥ {}", "exclusiveMinimum": "> {}", "maximum": "≤ {}", "exclusiveMaximum": "< {}"}
PARTNERS = {"exact": "exact values", "mean_field": "mean-field values", "simulation": "an exact simulation"}
REQUIRED = "required"


def first_sentence(plugin) -> str:
    """The first line of the docstring of a class, or of the module of a function."""
    described = inspect.getmodule(plugin) if inspect.isfunction(plugin) else plugin
    return inspect.getdoc(described).partition("\n")[0]


def allowed(part: dict) -> str:
    """The values that a part of the schema allows."""
    if "enum" in part:
        return ", ".join(map(str, part["enum"]))
    kind = part["type"] if isinstance(part["type"], str) else " or ".join(part["type"])
    limits = [text.format(part[key]) for key, text in LIMITS.items() if key in part]
    return ", ".join(["section" if kind == "object" else kind, *limits])


def parameters(model: type[Model]) -> list[tuple[str, str, str, str]]:
    """Name, default, allowed values and meaning of every parameter."""
    return [
        (name, _default(one), _allowed(one), one.description) for name, one in model.parameters.items()
    ]


def _default(parameter: Parameter) -> str:
    return REQUIRED if parameter.default is None else json.dumps(parameter.default)


def _allowed(parameter: Parameter) -> str:
    return allowed(parameter.schema()) + ("" if parameter.may_run else "; no axis")


def observables(name: str, model: type[Model]) -> list[tuple[str, str]]:
    """Name and meaning of every observable of a model of this name."""
    return [(key, one.long_name) for key, one in registry.observables(name, model).items()]


def partners(model: type[Model]) -> str:
    """What a model knows of itself beside its action."""
    stated = [words for partner, words in PARTNERS.items() if model.stated(partner) is not None]
    return ", ".join(stated) or "none"


def of_model(name: str) -> str:
    """Parameters, observables, exact partners and contours of a model, in several lines."""
    model = registry.load("model", name)
    return "\n".join(
        [
            name,
            f"  {first_sentence(model)}",
            "  parameters   name, default, allowed, meaning",
            *_columns(parameters(model)),
            "  observables",
            *_columns(observables(name, model)),
            f"  exact        {partners(model)}",
            f"  contours     {', '.join(fitting_contours(model))}",
        ]
    )


def _columns(rows: list[tuple[str, ...]]) -> list[str]:
    """Rows of words below each other, all but the last of the same width."""
    if not rows:
        return ["    none"]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    widths[-1] = 0
    return [
        "    " + "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)) for row in rows
    ]
