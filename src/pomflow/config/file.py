"""Config files: YAML with every key once, and one message that names the line where it is not."""

import re
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
        if _ODD_INTEGER.fullmatch(node.value):
            raise _at(
                node, f"{shown(node.value)} is read by YAML as another number", "Write it in decimal digits."
            )
        return super().construct_yaml_int(node)

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


_ODD_INTEGER = re.compile(r"[-+]?(0[0-7_]+|\d[\d_]*(:\d+)+)")
_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_yaml_int)


def _at(found, problem: str, remedy: str) -> yaml.MarkedYAMLError:
    """An error at a node or event of a YAML file."""
    return yaml.MarkedYAMLError(problem=problem, problem_mark=found.start_mark, note=remedy)
