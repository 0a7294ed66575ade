"""What a configuration leaves to the schema: defaults, and which texts are numbers."""

import copy
import re

# numbers in JSON that are texts in YAML, which wants a point and a sign of the exponent: 1e-05, 1.5e5
_EXPONENT = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+", re.ASCII)


def with_numbers(value, schema: dict):
    """A copy in which 1e-05 is a number wherever the schema has one, however it was read."""
    if isinstance(value, str) and "number" in schema.get("type", ()) and _EXPONENT.fullmatch(value):
        return float(value)
    if isinstance(value, list):
        items = schema.get("items", {})
        return [with_numbers(part, items) for part in value]
    if not isinstance(value, dict):
        return copy.deepcopy(value)
    known, others = schema.get("properties", {}), schema.get("additionalProperties")
    others = others if isinstance(others, dict) else {}
    return {key: with_numbers(part, known.get(key, others)) for key, part in value.items()}


def with_defaults(value, schema: dict):
    """Fill in missing keys from the schema, for objects whose keys have defaults."""
    if not isinstance(value, dict):
        return value
    for key, part in schema.get("properties", {}).items():
        if "default" in part:
            value.setdefault(key, copy.deepcopy(part["default"]))
        elif part.get("type") == "object":
            value.setdefault(key, {})
        if key in value and part.get("type") == "object":
            value[key] = with_defaults(value[key], part)
    members = schema.get("additionalProperties")
    if isinstance(members, dict) and members.get("type") == "object":
        return {key: with_defaults(part, members) for key, part in value.items()}
    return value
