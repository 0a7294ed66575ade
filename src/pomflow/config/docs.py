"""config/README.md from the schema: ``python -m pomflow.config.docs SCHEMA > config/README.md``."""

import json
import sys

from pomflow.config.resolve import load_schema

LIMITS = {"minimum": "≥ {}", "exclusiveMinimum": "> {}", "maximum": "≤ {}", "exclusiveMaximum": "< {}"}


def markdown(schema: dict) -> str:
    """A table of every key: default, allowed values, meaning."""
    head = [
        "# Configuration",
        "",
        "Made from `workflow/schemas/config.schema.yaml` by `make config-docs`; do not edit.",
        "",
        schema["description"],
        "",
        "| key | default | allowed | meaning |",
        "|---|---|---|---|",
    ]
    return "\n".join([*head, *_rows(schema, ""), ""])


def _rows(schema: dict, prefix: str):
    for key, part in schema["properties"].items():
        name, nested = f"{prefix}{key}", part.get("type") == "object"
        default = "" if nested else f"`{json.dumps(part['default'])}`"
        yield f"| `{name}` | {default} | {_allowed(part)} | {part['description']} |"
        if nested:
            yield from _rows(part, f"{name}.")


def _allowed(part: dict) -> str:
    if "enum" in part:
        return ", ".join(f"`{value}`" for value in part["enum"])
    kind = part["type"] if isinstance(part["type"], str) else " or ".join(part["type"])
    limits = [text.format(part[key]) for key, text in LIMITS.items() if key in part]
    return ", ".join(["section" if kind == "object" else kind, *limits])


if __name__ == "__main__":
    sys.stdout.write(markdown(load_schema(sys.argv[1])))
