"""config/README.md, from the schema and the models: ``python -m pomflow.config.docs SCHEMA``."""

import json
import sys

from pomflow import registry
from pomflow.config.resolve import fitting_contours, load_schema
from pomflow.config.summary import first_sentence, partners
from pomflow.models.base import Parameter

LIMITS = {"minimum": "≥ {}", "exclusiveMinimum": "> {}", "maximum": "≤ {}", "exclusiveMaximum": "< {}"}
# stands for the names that a user chooses
NAME = "NAME"


def markdown(schema: dict) -> str:
    """A table of every key: default, allowed values, meaning; and one of the parameters of every model."""
    head = [
        "# Configuration",
        "",
        "Made from `workflow/schemas/config.schema.yaml` and the models by `make config-docs`; do not edit.",
        "",
        schema["description"],
        "",
        *_table("key", _rows(schema, "")),
        "",
        "## Parameters of the models",
        "",
        "Written under `studies.NAME.parameters`, or under `studies.NAME.over` for an axis of the table.",
        "",
    ]
    models = [line for name in registry.members("model") for line in _model(name)]
    return "\n".join([*head, *models])


def allowed(part: dict) -> str:
    """The values that a part of the schema allows, in words."""
    if "enum" in part:
        return ", ".join(f"`{value}`" for value in part["enum"])
    kind = part["type"] if isinstance(part["type"], str) else " or ".join(part["type"])
    limits = [text.format(part[key]) for key, text in LIMITS.items() if key in part]
    return ", ".join(["section" if kind == "object" else kind, *limits])


def allowed_parameter(parameter: Parameter) -> str:
    """The values that a parameter of a model takes, in words."""
    return parameter.allowed + ("" if parameter.may_run else "; no axis")


def _table(first: str, rows) -> list[str]:
    """Rows of cells as Markdown."""
    cells = [(first, "default", "allowed", "meaning"), *rows]
    lines = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in cells]
    return [lines[0], "|---|---|---|---|", *lines[1:]]


def _rows(schema: dict, prefix: str):
    """Every key below a section, those of sections that a user names with NAME for the name."""
    for key, part in schema.get("properties", {}).items():
        name = f"{prefix}{key}"
        yield f"`{name}`", _default(key, part, schema), allowed(part), part["description"]
        if part.get("type") == "object":
            yield from _rows(part, f"{name}.")
            members = part.get("additionalProperties")
            if isinstance(members, dict) and members.get("type") == "object":
                yield f"`{name}.{NAME}`", "", allowed(members), members["description"]
                yield from _rows(members, f"{name}.{NAME}.")


def _default(key: str, part: dict, schema: dict) -> str:
    if key in schema.get("required", ()):
        return "required"
    return f"`{json.dumps(part['default'])}`" if "default" in part else ""


def _model(name: str) -> list[str]:
    """A section about one model."""
    model = registry.load("model", name)
    parameters = [
        (
            f"`{key}`",
            "required" if parameter.default is None else f"`{json.dumps(parameter.default)}`",
            allowed_parameter(parameter),
            parameter.description,
        )
        for key, parameter in model.parameters.items()
    ]
    observables = [f"`{key}` ({one.long_name})" for key, one in registry.observables(name, model).items()]
    contours = [f"`{contour}`" for contour in fitting_contours(model)]
    return [
        f"### `{name}`",
        "",
        first_sentence(model),
        "",
        *_table("parameter", parameters),
        "",
        f"- Observables: {', '.join(observables)}",
        f"- Contours that fit: {', '.join(contours)}",
        f"- Exact partners: {partners(model)}",
        "",
    ]


if __name__ == "__main__":
    sys.stdout.write(markdown(load_schema(sys.argv[1])))
