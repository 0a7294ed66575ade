"""``python -m pomflow check``: from names on the command line to tables of findings."""

import inspect
import re
from argparse import ArgumentParser
from pathlib import Path

from pomflow import plugins, registry
from pomflow.checks.contour import check_contour
from pomflow.checks.finding import as_table
from pomflow.checks.model import check_model
from pomflow.checks.quadrature import MOST_VARIABLES
from pomflow.config.resolve import load_schema, require_valid
from pomflow.contours.base import Contour
from pomflow.errors import ConfigError, first_line
from pomflow.lattice import Lattice
from pomflow.models.base import Model, Parameter, require_values
from pomflow.models.observables import Observable
from pomflow.random.stream import Stream

SEED = 1
# in the order of their volumes; a model may accept some of them only
LATTICES = ((1,), (2,), (4,), (2, 2), (4, 4))
CHECKED = ("model", "contour")


def add_arguments(parser: ArgumentParser, schema: str) -> None:
    """The arguments of the command; defaults of networks are read from the schema of the configuration."""
    parser.add_argument("name", metavar="NAME", help="a registered model or contour, or FILE.py:Class")
    parser.add_argument(
        "--model", metavar="NAME", help="the model of a contour; by default the first that fits"
    )
    parser.add_argument("--lattice", metavar="LxL", help="such as 4x4; by default small ones")
    parser.add_argument(
        "--set", metavar="KEY=VALUE", nargs="+", default=[], help="parameters of the model or of the network"
    )
    parser.add_argument(
        "--plugins", metavar="FILE.py:NAME", nargs="+", default=[], help="more models, contours, observables"
    )
    parser.set_defaults(command=run, schema=schema)


def run(options) -> int:
    """Check a model or a contour and print what was found; 1 if anything failed."""
    for place in options.plugins:
        _plug_in(place)
    given = dict(_pair(text) for text in options.set)
    name, found = _named(options.name)
    if issubclass(found, Contour):
        reports = _of_contour(name, found, options, given)
    else:
        reports = _of_model(name, found, options.lattice, given)
    failed = 0
    for title, findings in reports:
        print(f"{title}\n{as_table(findings)}\n")
        failed += sum(not finding.passed for finding in findings)
    print(f"{failed} failed" if failed else "everything passed")
    return 1 if failed else 0


def _of_model(name: str, model: type[Model], lattice: str | None, given: dict):
    """Titles and findings of a model on the lattices that it is checked on."""
    observables = registry.observables(name, model)
    # to read them refuses names that would write over columns and figures
    registry.quantities(name, model)
    for one in _models(model, lattice, given):
        yield repr(one), check_model(one, Stream(SEED, "check"), observables)


def _of_contour(name: str, contour: type[Contour], options, given: dict):
    """Title and findings of a contour on a model, on the largest lattice, where it has neighbours to miss."""
    model = _named(options.model)[1] if options.model else _first_that_fits(name, contour)
    why = contour.misfit(model)
    if why is not None:
        raise ConfigError(
            name, f"it does not fit {model.__name__}: {why}", "Choose another one with --model."
        )
    keys = {key: value for key, value in given.items() if key in contour.network_settings}
    settings = _network(contour, keys, Path(options.schema))
    parameters = {key: value for key, value in given.items() if key not in keys}
    one = _models(model, options.lattice, parameters)[-1]
    built = _built(contour, lambda: contour.build(one, settings))
    yield f"{name} of {one}", check_contour(built, one, Stream(SEED, "check"))


# --- what is meant by a name --------------------------------------------------------------------------------


def _named(name: str) -> tuple[str, type]:
    """A model or contour by its registered name, or from a file."""
    if plugins.is_file(name.rpartition(":")[0]):
        path, _, attribute = name.rpartition(":")
        family = _family(name)
        if family not in CHECKED:
            raise ConfigError(name, "it is neither a model nor a contour", "Name a class derived from one.")
        return attribute, plugins.load(family, Path(path), attribute)
    for family in CHECKED:
        if name in registry.members(family):
            return name, registry.load(family, name)
    known = ", ".join(registry.members("model") + registry.members("contour"))
    raise ConfigError(
        name, "no model and no contour has this name", f"Write FILE.py:Class, or one of: {known}."
    )


def _family(place: str) -> str | None:
    """The family of what a file defines under a name."""
    path, _, attribute = place.rpartition(":")
    found = plugins.load_file(Path(path), attribute)
    if isinstance(found, Observable):
        return "observable"
    bases = {"model": Model, "contour": Contour}
    fits = (family for family, base in bases.items() if inspect.isclass(found) and issubclass(found, base))
    return next(fits, None)


def _plug_in(place: str) -> None:
    """Register a plug-in under its name in the file, in lower case."""
    family, attribute = _family(place), place.rpartition(":")[2]
    if family is None:
        remedy = "Name a model, a contour or an observable."
        raise ConfigError(place, "it is no plug-in that can be checked", remedy)
    registry.plug_in({family: {re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", attribute).lower(): place}})


def _first_that_fits(name: str, contour: type[Contour]) -> type[Model]:
    for other in registry.members("model"):
        model = registry.load("model", other)
        if contour.misfit(model) is None:
            return model
    raise ConfigError(name, "it fits no registered model", "Name one with --model, such as FILE.py:Class.")


# --- building -----------------------------------------------------------------------------------------------


def _models(model: type[Model], lattice: str | None, given: dict) -> list[Model]:
    """The model on the lattice that is asked for, or on a smallest one, for integrals, and a larger one."""
    values = require_values(model, _drawn(model, given) | given)
    if lattice is not None:
        return [_on(model, Lattice.parse(lattice), values)]
    built, refused = [], None
    for shape in LATTICES:
        try:
            built.append(_on(model, Lattice(shape), values))
        except ConfigError as error:
            refused = error
    if not built:
        raise refused
    small = [one for one in built if one.size <= MOST_VARIABLES]
    return list(dict.fromkeys([*small[-1:], built[-1]]))


def _on(model: type[Model], lattice: Lattice, values: dict) -> Model:
    def build():
        model.check(lattice, values)
        return model(lattice, **values)

    return _built(model, build)


def _built(kind: type, build):
    """What a class builds; an error of its code in one message that names the line."""
    try:
        return build()
    except ConfigError:
        raise
    except Exception as error:
        line = plugins.error_line(error, Path(inspect.getfile(kind)))
        what = f"it cannot be built: {line} ({type(error).__name__}: {first_line(error)})"
        raise ConfigError(kind.__name__, what, "Correct that line.") from error


def _drawn(model: type[Model], given: dict) -> dict:
    """Values for the parameters that must be given and are not, of order 1 where that is allowed."""
    missing = {
        name: one for name, one in model.parameters.items() if one.default is None and name not in given
    }
    draws = Stream(SEED, "parameters").uniforms(0, 1, max(1, len(missing)))[0]
    return {name: _value(one, u) for (name, one), u in zip(missing.items(), draws, strict=False)}


def _value(parameter: Parameter, u: float) -> float | int | str:
    """A value of a parameter, from a uniform number, between -1 and 1 or in the next such interval."""
    if parameter.choices:
        return parameter.choices[0]
    bounds = [bound for bound in (parameter.minimum, parameter.above) if bound is not None]
    lowest = max(bounds, default=-float("inf"))
    highest = float("inf") if parameter.maximum is None else parameter.maximum
    low, high = max(lowest, min(-1, highest - 1)), min(highest, max(1, lowest + 1))
    if parameter.integer:
        return int(min(highest, max(1, lowest + (parameter.above is not None))))
    return round(low + u * (high - low), 3)


def _network(contour: type[Contour], given: dict, schema: Path) -> dict:
    """What ``build`` reads of the ``network`` section: what is given, and defaults of the configuration."""
    defaults = {}
    if schema.is_file():
        study = load_schema(schema)["properties"]["studies"]["additionalProperties"]
        keys = study["properties"]["network"]["properties"]
        require_valid(given, {"properties": keys})
        defaults = {key: part["default"] for key, part in keys.items()}
    settings = {key: (defaults | given).get(key) for key in contour.network_settings}
    missing = next((key for key, value in settings.items() if value is None), None)
    if missing is not None:
        raise ConfigError(contour.__name__, f"it needs '{missing}'", f"Give it: --set {missing}=VALUE.")
    return settings


def _pair(text: str) -> tuple[str, float | int | bool | str]:
    """KEY=VALUE of the command line, a number or a truth value where it reads as one."""
    key, separator, value = text.partition("=")
    if not (key and separator and value):
        raise ConfigError("--set", f"'{text}' is no setting", "Write KEY=VALUE, such as mu=0.4.")
    for number in (int, float):
        try:
            return key, number(value)
        except ValueError:
            continue
    return key, {"true": True, "false": False}.get(value, value)
