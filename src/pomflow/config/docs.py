"""config/README.md from the schema and the models: ``python -m pomflow.config.docs SCHEMA > config/README.md``."""

import json
import sys

from pomflow import registry
from pomflow.config import describe
from pomflow.config.resolve import fitting_contours, load_schema

# stands for the names that a user chooses
NAME = "NAME"


def markdown(schema: dict) -> str:
    """A table of every key: default, allowed values, meaning; and one of the parameters of every model."""
    head = [
        "# Configuration",
        "",
        "Made from `workflow/schemas/config.schema.yaml` and the registered models by `make config-docs`;"
        " do not edit.",
        "",
        schema["description"],
        "",
        *_table("key", _rows(schema, "")),
        "",
        "## Models",
        "",
        "Parameters are given in `studies.NAME.parameters`, or in `studies.NAME.over` to run over their values.",
        "",
    ]
    models = [line for name in registry.members("model") for line in _model(name)]
    return "\n".join([*head, *models])


def _table(first: str, rows) -> list[str]:
    """Rows of cells as Markdown, where a bar within a cell is escaped."""
    cells = [(first, "default", "allowed", "meaning"), *rows]
    head, *lines = ["| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |" for row in cells]
    return [head, "|---|---|---|---|", *lines]


def _rows(schema: dict, prefix: str):
    """Every key below a section, with NAME for a name that the user chooses."""
    for key, part in schema.get("properties", {}).items():
        name = f"{prefix}{key}"
        yield f"`{name}`", _default(key, part, schema), _allowed(part), part["description"]
        yield from _rows(part, f"{name}.") if part.get("type") == "object" else ()
        members = part.get("additionalProperties")
        if isinstance(members, dict) and members["type"] == "object":
            yield f"`{name}.{NAME}`", "", _allowed(members), members["description"]
            yield from _rows(members, f"{name}.{NAME}.")


def _default(key: str, part: dict, schema: dict) -> str:
    if key in schema.get("required", ()):
        return describe.REQUIRED
    return f"`{json.dumps(part['default'])}`" if "default" in part else ""


def _allowed(part: dict) -> str:
    return ", ".join(f"`{value}`" for value in part["enum"]) if "enum" in part else describe.allowed(part)


def _model(name: str) -> list[str]:
    """A section about one model."""
    model = registry.load("model", name)
    observables = [f"`{key}` ({meaning})" for key, meaning in describe.observables(name, model)]
    contours = [f"`{contour}`" for contour in fitting_contours(model)]
    return [
        f"### {name}",
        "",
        describe.first_sentence(model),
        "",
        *_table("parameter", [(f"`{key}`", *rest) for key, *rest in describe.parameters(model)]),
        "",
        f"- Observables: {', '.join(observables)}",
        f"- Contours that fit: {', '.join(contours)}",
        f"- It also has: {describe.partners(model)}",
        "",
    ]


if __name__ == "__main__":
    sys.stdout.write(markdown(load_schema(sys.argv[1])))
