"""Violations of the schema of the configuration in words."""

import difflib
import math

import jsonschema

from pomflow.errors import ConfigError, shown


def depth(error):
    """What errors are sorted by: the outermost first."""
    return (len(error.absolute_path), [str(part) for part in error.absolute_path])


def field_name(path) -> str:
    """The dotted name of a place: studies.phi4.lattices[0][1]."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.lstrip(".") or "config"


def explain(error: jsonschema.ValidationError) -> ConfigError:
    """A violation of the schema in words."""
    where, value, limit = field_name(error.absolute_path), error.instance, error.validator_value
    match error.validator:
        case "additionalProperties":
            return _unknown_key(error)
        case "type":
            wanted = " or ".join([limit] if isinstance(limit, str) else limit)
            return ConfigError(where, f"{shown(value)} is not of type {wanted}", _type_hint(error))
        case "enum":
            return ConfigError(
                where, f"{shown(value)} is not allowed", f"Choose one of: {', '.join(map(str, limit))}."
            )
        case "minimum" | "exclusiveMinimum":
            than = "at least" if error.validator == "minimum" else "greater than"
            return ConfigError(where, f"{shown(value)} is too small", f"It must be {than} {limit}.")
        case "maximum" | "exclusiveMaximum":
            than = "at most" if error.validator == "maximum" else "less than"
            return ConfigError(where, f"{shown(value)} is too large", f"It must be {than} {limit}.")
        case "minItems":
            return ConfigError(where, "the list is empty", "Give at least one entry.")
        case "minProperties":
            return ConfigError(where, "the section is empty", _hint(error.schema))
        case "required":
            missing = next(key for key in limit if key not in value)
            return ConfigError(where, f"the key '{missing}' is missing", _hint(error.schema))
        case _:
            return ConfigError(where, f"{shown(value)} cannot be used", _hint(error.schema))


def _unknown_key(error: jsonschema.ValidationError) -> ConfigError:
    known = list(error.schema["properties"])
    unknown = next(key for key in error.instance if key not in known)
    where = field_name([*error.absolute_path, unknown])
    return ConfigError(where, "there is no such key", did_you_mean(unknown, known, "Known keys here"))


def did_you_mean(name, known: list[str], otherwise: str) -> str:
    """The known name that is closest, or all of them after what is said ``otherwise``."""
    close = difflib.get_close_matches(str(name), known, n=1)
    return f"Did you mean '{close[0]}'?" if close else f"{otherwise}: {', '.join(known)}."


def _type_hint(error: jsonschema.ValidationError) -> str:
    """What to write in place of a value of another type."""
    wanted, value = error.validator_value, error.instance
    if "string" in wanted and isinstance(value, int | float) and not isinstance(value, bool):
        return f"Write it in quotes: '{value}'."
    if "number" in wanted:
        return number_hint(value) or _hint(error.schema)
    return ("integer" in wanted and _whole_number_hint(value)) or _hint(error.schema)


def _whole_number_hint(value) -> str:
    """How to write a whole number that is given as a text or with a point, such as 1e3; else empty."""
    number = value if isinstance(value, float) else _number_in(value)
    return f"Write it as {number:.0f}." if number.is_integer() else ""


def number_hint(value) -> str:
    """How to write a number that is given as a text; empty where none is meant."""
    number = _number_in(value)
    if not math.isfinite(number):
        return ""
    return f"Write it as {_with_point(number)}, without quotes and with a point."


def _number_in(value) -> float:
    """The number that a text is, as YAML takes 1e-3 for a text, which has no point; else NaN."""
    try:
        return float(value) if isinstance(value, str) else math.nan
    except ValueError:
        return math.nan


def _with_point(number: float) -> str:
    """A number as YAML reads one: 0.001, 1.0e-09."""
    digits, exponent, power = repr(number).partition("e")
    return digits + ("" if "." in digits else ".0") + exponent + power


def _hint(schema: dict) -> str:
    return schema.get("description", "See config/README.md.")


def require_once(field: str, entries: list[str]) -> None:
    """Refuse a list that has an entry twice."""
    twice = next((entry for entry in entries if entries.count(entry) > 1), None)
    if twice is not None:
        raise ConfigError(field, f"{twice} appears twice", "Name every value once.")
