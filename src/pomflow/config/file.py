"""Config files: YAML with every key once, and one message that names the line where it is not."""

import copy
import os
import re
from collections.abc import Iterable
from pathlib import Path

import yaml

from pomflow.errors import ConfigError, first_line, shown

YAML_REMEDY = "Correct that line: lists and sections are indented by spaces, a colon is followed by a space."


def load(path) -> dict:
    """One config file, read more strictly than Snakemake does.

    Raises
    ------
    ConfigError
        If it cannot be read, is not YAML with keys at top level, or has a key twice or an alias. The message
        names the line.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        config = yaml.load(text, Loader=_Loader)
    except OSError as error:
        what = f"cannot be read ({error.strerror or error})"
        raise ConfigError(str(path), what, "Name a config file such as config/paper.yaml.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), "is not text in UTF-8", "Save it as UTF-8.") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path}, line {mark.line + 1}" if mark else str(path)
        raise ConfigError(where, error.problem or first_line(error), error.note or YAML_REMEDY) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigError(str(path), f"is not YAML ({first_line(error)})", YAML_REMEDY) from error
    if not isinstance(config, dict):
        what = "is empty" if config is None else "has no keys at top level"
        raise ConfigError(str(path), what, "Write 'key: value' lines; config/README.md has the keys.")
    return config


def merged(default, paths: Iterable, given: dict | None = None) -> dict:
    """The default configuration and what is given over it.

    Sections are merged key by key, but for the studies: where any are given, those of the default are gone,
    because a study is read as it stands.

    Parameters
    ----------
    default : path-like
    paths : iterable of path-like
        Config files, each over the ones before. Plug-ins are relative to the file that names them.
    given : dict, optional
        What else is given: by another workflow, or on the command line. Its plug-ins are relative to the
        working directory, but for those of ``paths``, which it may repeat.
    """
    over, plugged = {}, {}
    for path in paths:
        config = load(path)
        _merge(plugged, _located(config.get("plugins"), Path(path).parent))
        _merge(over, config)
    _merge(over, given or {})
    if plugged:
        _merge(over, {"plugins": plugged})
    result = load(default)
    if "studies" in over:
        result.pop("studies", None)
    _merge(result, over)
    return result


def require_scan(paths: Iterable, given: dict | None = None) -> None:
    """Refuse files none of which names its scan; the arguments are those of ``merged``.

    They would share the results of the default scan. What is given without a file changes that scan itself.
    """
    paths = list(paths)
    if paths and not any("scan" in config for config in (given or {}, *map(load, paths))):
        what = "the scan has no name, so its results would mix with those of the default scan"
        raise ConfigError(f"{paths[-1]}: scan", what, "Write 'scan: NAME' there; they go to results/NAME.")


def as_written(given: dict) -> dict:
    """What ``--config`` says, of which Snakemake leaves the numbers within lists and sections as texts."""
    return {key: value if isinstance(value, str) else _read_parts(value, key) for key, value in given.items()}


def _read_parts(value, key: str):
    """A value of this key, the texts in it read as YAML reads them."""
    if isinstance(value, dict):
        return {name: _read_parts(part, f"{key}.{name}") for name, part in value.items()}
    if isinstance(value, list):
        return [_read_parts(part, f"{key}[{place}]") for place, part in enumerate(value)]
    if not isinstance(value, str):
        return value
    loader = _Loader("")
    tag = loader.resolve(yaml.ScalarNode, value, (True, False))
    try:
        return loader.construct_object(yaml.ScalarNode(tag, value))
    except yaml.MarkedYAMLError as error:
        raise ConfigError(key, error.problem, error.note or YAML_REMEDY) from error


def _merge(base: dict, over: dict) -> None:
    """Put one configuration over another, section by section."""
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            _merge(base[key], value)
        else:
            base[key] = copy.deepcopy(value)


def _located(plugins, folder: Path) -> dict:
    """The plug-ins of a file, with paths from the working directory in place of those from its folder."""
    if not isinstance(plugins, dict):
        return {}
    return {
        family: {
            name: os.path.relpath(folder / place) if isinstance(place, str) else place
            for name, place in members.items()
        }
        for family, members in plugins.items()
        if isinstance(members, dict)
    }


class _Loader(yaml.SafeLoader):
    """YAML without aliases, which can be circular or grow without limit, and with every key once."""

    def compose_node(self, parent, index):
        if self.check_event(yaml.AliasEvent):
            raise _at(self.peek_event(), "an alias (*name) is not read here", "Write the value itself.")
        return super().compose_node(parent, index)

    def construct_object(self, node, deep=False):
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError, AttributeError) as error:  # whatever a bad number or date leads to
            raise _at(node, f"{shown(node.value)} cannot be read", "Write a number or a text.") from error

    def construct_yaml_int(self, node):
        """1:30 would be 90 and 0777 would be 511 to YAML."""
        return super().construct_yaml_int(_decimal(node))

    def construct_yaml_float(self, node):
        """1:30.5 would be 90.5."""
        return super().construct_yaml_float(_decimal(node))

    def construct_mapping(self, node, deep=False):
        lines = {}
        for key, _ in node.value:
            name = self.construct_object(key, deep=True)
            if not isinstance(name, str):
                raise _at(key, f"the key {shown(name)} is not a text", "config/README.md has the keys.")
            if name in lines:
                raise _at(
                    key, f"the key '{name}' was given before, in line {lines[name]}", "Keep one of them."
                )
            lines[name] = key.start_mark.line + 1
        return super().construct_mapping(node, deep)


# numbers of base 8 and 60
_ODD_NUMBER = re.compile(r"[-+]?(0[0-7_]+|\d[\d_]*(:\d+)+(\.[\d_]*)?)")
_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_yaml_int)
_Loader.add_constructor("tag:yaml.org,2002:float", _Loader.construct_yaml_float)


def _decimal(node):
    """The node of a number, which is to be the one that is read in it."""
    if _ODD_NUMBER.fullmatch(node.value):
        what = f"{shown(node.value)} is read by YAML as another number"
        raise _at(node, what, "Write it in decimal digits.")
    return node


def _at(found, problem: str, remedy: str) -> yaml.MarkedYAMLError:
    """An error at a node or event of a YAML file."""
    return yaml.MarkedYAMLError(problem=problem, problem_mark=found.start_mark, note=remedy)
