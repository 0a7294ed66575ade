"""config/README.md, from the schema and the models: ``python -m pomflow.config.docs SCHEMA``."""

import json
import re
import sys

from pomflow import registry
from pomflow.config.resolve import fitting_contours, load_schema
from pomflow.config.summary import first_sentence, partners
from pomflow.models.base import Parameter

LIMITS = {"minimum": "≥ {}", "exclusiveMinimum": "> {}", "maximum": "≤ {}", "exclusiveMaximum": "< {}"}
# stands for the names that a user chooses
NAME = "NAME"
OF_STUDY = f"studies.{NAME}."


def markdown(schema: dict) -> str:
    """A section for every group of keys and for every model, with an anchor at each key."""
    (_, keys), *groups = _groups(schema)
    models = registry.members("model")
    links = ", ".join(f"[`{name}`](#{name})" for name in models)
    head = [
        "# Configuration",
        "",
        "Made from `workflow/schemas/config.schema.yaml` and the models by `make config-docs`; do not edit.",
        "",
        schema["description"],
        "",
        *_keys(keys, ""),
        "",
        f"Sections, those of a study without `{OF_STUDY}` before their names:",
        "",
        *(f"{_indent(path)}- [`{_title(path)}`](#{_slug(path)})" for path, _ in groups),
        f"- [parameters of the models](#parameters-of-the-models): {links}",
        "",
    ]
    about = [
        "## Parameters of the models",
        "",
        f"Written under `{OF_STUDY}parameters`, or under `{OF_STUDY}over` for an axis of the table.",
        "",
    ]
    sections = [line for path, part in groups for line in _section(path, part)]
    return "\n".join([*head, *sections, *about, *(line for name in models for line in _model(name))])


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


def _groups(schema: dict, path: str = ""):
    """Path and schema of every section of the file."""
    yield path, schema
    for key, part in schema.get("properties", {}).items():
        if "properties" in part:
            yield from _groups(part, f"{path}.{key}".lstrip("."))
        elif _members(part):
            yield key, part
            yield from _groups(_members(part), f"{key}.{NAME}")


def _members(part: dict) -> dict | None:
    """The schema of sections that a user names, if a part of the schema holds such."""
    members = part.get("additionalProperties")
    return members if isinstance(members, dict) and members.get("type") == "object" else None


def _section(path: str, part: dict) -> list[str]:
    """Heading, meaning and keys of a section."""
    keys = _keys(part, f"{_title(path)}.")
    level = "###" if _indent(path) else "##"
    return [f"{level} `{_title(path)}`", "", part["description"], "", *keys, *([""] if keys else [])]


def _indent(path: str) -> str:
    return "  " if "." in path else ""


def _title(path: str) -> str:
    return path.removeprefix(OF_STUDY)


def _slug(path: str) -> str:
    """The anchor of a heading, as code hosts and MyST make it."""
    return re.sub(r"[^a-z0-9_-]", "", _title(path).lower())


def _keys(schema: dict, prefix: str) -> list[str]:
    """The keys of a section that are no sections themselves."""
    return [
        item(f"{prefix}{key}", f"{allowed(part)}; {_default(key, part, schema)}", part["description"])
        for key, part in schema.get("properties", {}).items()
        if "properties" not in part and not _members(part)
    ]


def item(name: str, about: str, meaning: str) -> str:
    """A name, which is an anchor and links to itself, and what it means in a line of its own."""
    return f'- <a id="{name}" href="#{name}">`{name}`</a>: {about}\\\n  {meaning}'


def _default(key: str, part: dict, schema: dict) -> str:
    return _default_in_words(None if key in schema.get("required", ()) else part["default"])


def _default_in_words(default) -> str:
    return "required" if default is None else f"default `{json.dumps(default)}`"


def _model(name: str) -> list[str]:
    """A section about one model."""
    model = registry.load("model", name)
    parameters = [
        item(
            f"{name}.{key}",
            f"{allowed_parameter(parameter)}; {_default_in_words(parameter.default)}",
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
        *parameters,
        "",
        f"Observables: {', '.join(observables)}.\\",
        f"Contours that fit: {', '.join(contours)}.\\",
        f"Exact partners: {partners(model)}.",
        "",
    ]


if __name__ == "__main__":
    sys.stdout.write(markdown(load_schema(sys.argv[1])))
