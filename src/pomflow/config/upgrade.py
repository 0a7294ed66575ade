"""Configurations of earlier releases, which had one theory: its section ``phi4`` becomes a study."""

import copy
import math

import yaml

from pomflow.errors import ConfigError, shown

OLD_SECTION = "phi4"
# What the earlier config/default.yaml gave to every scan; the studies of a file have no other defaults than
# those of the schema, so an upgraded file writes it down.
OLD_DEFAULT = {
    "lattices": [[4, 4], {"shape": [8, 8], "contours": ["equivariant"]}],
    "mass": 1.0,
    "coupling": 1.0,
    "mu": {"start": 0.0, "stop": 2.0, "num": 11},
    "contours": ["dense"],
    "optimize": {"steps": 800},
    "hmc": {"start": "ordered", "chains": 32, "trajectories": 300},
    "worm": {"sweeps": 5000},
}
# the keys that moved, with the section of the study in which they are now
MOVED = {"mass": "parameters", "coupling": "parameters", "mu": "over"}
# a study begins with these, in this order
HEAD = ("model", "lattices", "parameters", "over", "contours")
INDENT = 2
LONGEST = 400


def refuse_old_form(config: dict) -> None:
    """Refuse a configuration with a section of the earlier form.

    Raises
    ------
    ConfigError
        Showing the beginning of the study that takes its place.
    """
    section = config[OLD_SECTION]
    example = "..."
    if isinstance(section, dict):
        study = _study(section)
        head = _in_line({key: study[key] for key in HEAD})
        example = f"{head}, {example}" if len(head) <= LONGEST else example
    raise ConfigError(
        OLD_SECTION,
        "this section is now a study",
        f"`python -m pomflow upgrade FILE` writes it: studies: {{{OLD_SECTION}: {{{example}}}}}.",
    )


def upgraded(text: str) -> str:
    """The text of a config file in the new form, with the same scan and the same numbers.

    Comments and layout are kept as far as the section is written line by line; one that is written in
    braces is written anew.

    Parameters
    ----------
    text : str
        YAML, as ``pomflow.config.file.load`` reads it.

    Raises
    ------
    ConfigError
        If there is no section of the earlier form, or one of the new form beside it.
    """
    config = yaml.safe_load(text)
    if OLD_SECTION not in config:
        raise ConfigError(OLD_SECTION, "there is no such section", "Nothing is to be upgraded here.")
    if "studies" in config:
        remedy = f"Move {OLD_SECTION} into a file of its own, or drop it."
        raise ConfigError(OLD_SECTION, "is given beside 'studies', which takes its place", remedy)
    if not isinstance(config[OLD_SECTION], dict):
        what = f"{shown(config[OLD_SECTION])} is not a section"
        raise ConfigError(OLD_SECTION, what, "Give it keys, or drop it.")
    wanted = _with_studies(config)
    for write in (_line_by_line, _section_anew):
        candidate = write(text)
        if _reads_as(candidate, wanted):
            return candidate
    return _dump(wanted)


def _study(section: dict) -> dict:
    """The study of an earlier section."""
    values = _merged(OLD_DEFAULT, section)
    study = {
        "model": "complex_phi4",
        "lattices": values.pop("lattices"),
        "parameters": {"mass": values.pop("mass"), "coupling": values.pop("coupling")},
        "over": {"mu": values.pop("mu")},
        "contours": values.pop("contours"),
    }
    return study | values


def _with_studies(config: dict) -> dict:
    """A configuration with its old section as a study, at the same place."""
    return dict(
        ("studies", {OLD_SECTION: _study(value)}) if key == OLD_SECTION else (key, value)
        for key, value in config.items()
    )


def _merged(base, over):
    """Sections are merged key by key, as Snakemake does."""
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return copy.deepcopy(over)
    return copy.deepcopy(base) | {
        key: _merged(base[key], value) if key in base else copy.deepcopy(value) for key, value in over.items()
    }


def _reads_as(text: str, wanted: dict) -> bool:
    try:
        return yaml.safe_load(text) == wanted
    except yaml.YAMLError:
        return False


def _dump(value: dict) -> str:
    # lists and sections without others inside are written in brackets
    return yaml.safe_dump(value, sort_keys=False, default_flow_style=None, allow_unicode=True, width=110)


def _nodes(text: str) -> tuple[yaml.Node, yaml.Node, int | None]:
    """Key and value of the old section, and the line of the key after it."""
    pairs = yaml.compose(text, Loader=yaml.SafeLoader).value
    place = next(place for place, (key, _) in enumerate(pairs) if key.value == OLD_SECTION)
    after = pairs[place + 1][0].start_mark.line if place + 1 < len(pairs) else None
    return *pairs[place], after


def _section_anew(text: str) -> str:
    """The section written anew, in place of the old one."""
    key, node, _ = _nodes(text)
    section = _dump(_with_studies({OLD_SECTION: yaml.safe_load(text)[OLD_SECTION]}))
    # the end of a section in braces is its last brace, that of another one is the beginning of the next key
    rest = text[node.end_mark.index :]
    return text[: key.start_mark.index] + (section.rstrip("\n") if node.flow_style else section) + rest


def _line_by_line(text: str) -> str:
    """The section with each entry moved to where it belongs, its comments with it."""
    key, node, after = _nodes(text)
    if node.flow_style or not node.value:
        return ""
    lines = text.split("\n")
    first, last = key.start_mark.line, len(lines) if after is None else after
    while not lines[last - 1].strip() or lines[last - 1].startswith("#"):
        last -= 1
    entries = _entries(lines[:last], node, first + 1)
    for name, given in node.value:
        before = OLD_DEFAULT.get(name.value)
        if isinstance(given, yaml.MappingNode) and isinstance(before, dict):
            known = [part.value for part, _ in given.value]
            missing = {part: value for part, value in before.items() if part not in known}
            _fill(entries[name.value], name, given, missing)
    column = node.value[0][0].start_mark.column
    for name in [name for name in OLD_DEFAULT if name not in entries]:
        entries[name] = [" " * column + _in_line({name: OLD_DEFAULT[name]})]
    margin = " " * (column + INDENT)
    entries = {name: _indented(entry) for name, entry in entries.items()}
    entries["model"] = [f"{margin}model: complex_phi4"]
    for name, section in MOVED.items():
        entries.setdefault(section, [f"{margin}{section}:"]).extend(_indented(entries.pop(name)))
    order = [*HEAD, *(name for name in entries if name not in HEAD)]
    head = ["studies:", " " * INDENT + lines[first]]
    body = [line for name in order for line in entries[name]]
    return "\n".join([*lines[:first], *head, *body, *lines[last:]])


def _entries(lines: list[str], node: yaml.MappingNode, begin: int) -> dict[str, list[str]]:
    """The lines of every entry of a section, from this line to the last; with the comments above it."""
    starts = [begin]
    for name, _ in node.value[1:]:
        start = name.start_mark.line
        # a comment that is indented more than the key belongs to the entry before
        while not _content(lines[start - 1]) and _margin(lines[start - 1]) <= name.start_mark.column:
            start -= 1
        starts.append(start)
    ends = [*starts[1:], len(lines)]
    return {
        name.value: lines[start:end] for (name, _), start, end in zip(node.value, starts, ends, strict=True)
    }


def _fill(entry: list[str], name: yaml.Node, given: yaml.MappingNode, missing: dict) -> None:
    """Write what is missing into the lines of an entry that is a section itself."""
    if not missing:
        return
    if given.flow_style:
        first = next(row for row, line in enumerate(entry) if _content(line))
        row, column = first + given.end_mark.line - name.start_mark.line, given.end_mark.column - 1
        comma = ", " if given.value else ""
        entry[row] = entry[row][:column] + comma + _in_line(missing) + entry[row][column:]
    else:
        margin = " " * given.value[0][0].start_mark.column
        entry.extend(margin + _in_line({part: value}) for part, value in missing.items())


def _in_line(section: dict) -> str:
    """Keys and values as they stand between braces."""
    text = yaml.safe_dump(section, default_flow_style=True, sort_keys=False, width=math.inf)
    return text.strip()[1:-1]


def _content(line: str) -> str:
    """What a line says, which is nothing where it is blank or a comment."""
    return "" if line.lstrip().startswith("#") else line.strip()


def _margin(line: str) -> int:
    """By how many blanks a line is indented."""
    return len(line) - len(line.lstrip())


def _indented(lines: list[str]) -> list[str]:
    return [" " * INDENT + line if line.strip() else line for line in lines]
