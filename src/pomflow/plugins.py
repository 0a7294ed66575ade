"""Plug-ins from files outside the package: models, contours, observables and figures of the user's own.

A file is imported as a module of a private package that stands for its folder, under a name made of its path.
So two files of one name do not clash, and a plug-in imports the files beside it as a script does, by
``import helper``, without finding those of another plug-in.
"""

import ast
import builtins
import hashlib
import inspect
import sys
import traceback
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, SourceFileLoader
from pathlib import Path
from types import FrameType, ModuleType

from pomflow.contours.base import Contour
from pomflow.errors import ConfigError, first_line
from pomflow.jobs import syntax
from pomflow.models.base import Model, Parameter, Variables
from pomflow.models.observables import Observable

PACKAGE = "pomflow"
SUFFIX = ".py"
# how the names of private packages begin, after which a hash of the folder follows
PRIVATE = "_pomflow_plugins_"
# arguments, attributes and partners of models that their base class does not have
OF_MODELS = {"self", "lattice", "xp", "components", "size", "exact", "mean_field", "best", "simulation"}


def is_file(module: str) -> bool:
    """Whether the module of a plug-in is a file outside the package, and no dotted name."""
    return module.endswith(SUFFIX)


def load(family: str, path: Path, attribute: str):
    """A plug-in from a file: a class for models and contours, an ``Observable``, or a function that draws.

    Raises
    ------
    ConfigError
        If it cannot be imported, or is no plug-in of this family.
    """
    found = load_file(path, attribute)
    wrong = MISFITS[family](found)
    if wrong is not None:
        raise ConfigError(f"{path}:{attribute}", f"is no {family}: {wrong[0]}", wrong[1])
    return found


def load_file(path: Path, attribute: str):
    """What a Python file defines under a name; the file is run once.

    Raises
    ------
    ConfigError
        If there is no such file or name, or the file cannot be run; the message names its line.
    """
    module = _module(path)
    if not hasattr(module, attribute):
        defined = [name for name, value in vars(module).items() if _is_own(value, module)]
        remedy = f"It has: {', '.join(defined)}." if defined else "It defines no class and no function."
        raise ConfigError(str(path), f"there is no '{attribute}' in this file", remedy)
    return getattr(module, attribute)


def error_line(error: BaseException, path: Path) -> str:
    """Where in the user's files an error was raised, such as ``phi6.py:12``.

    The innermost line that is in the plug-in's file or in one beside it; of a syntax error the line that is
    wrong; the file alone where the error came from elsewhere.
    """
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename).parent == _folder(path):
        return f"{Path(error.filename).name}:{error.lineno}"
    beside = _folder(path)
    return _innermost(error, lambda frame: Path(frame.f_code.co_filename).parent == beside) or path.name


def raised_in(error: BaseException) -> str | None:
    """The innermost line of a plug-in that an error went through, such as ``phi6.py:12``, if any."""
    return _innermost(error, lambda frame: (frame.f_globals.get("__name__") or "").startswith(PRIVATE))


def _innermost(error: BaseException, ours: Callable[[FrameType], bool]) -> str | None:
    """The innermost line of the traceback that is in one of our frames, as ``phi6.py:12``."""
    lines = [
        f"{Path(frame.f_code.co_filename).name}:{line}"
        for frame, line in traceback.walk_tb(error.__traceback__)
        if ours(frame)
    ]
    return lines[-1] if lines else None


def source_fingerprint(path: Path) -> tuple[str, frozenset[str]]:
    """A hash of the code of a file and of the files beside it that it imports; the pomflow modules of all.

    Docstrings and comments do not count, nor does the folder.

    Raises
    ------
    ConfigError
        If a file is missing or is not Python.
    """
    trees = {name: tree for name, (_, tree) in _reached(path).items()}
    ours = frozenset().union(*(syntax.package_modules(tree, PACKAGE) for tree in trees.values()))
    text = "".join(f"{name}:{syntax.meaning(tree)}\n" for name, tree in sorted(trees.items()))
    return hashlib.sha256(text.encode()).hexdigest(), ours


def source_files(path: Path) -> list[Path]:
    """The file of a plug-in and those beside it that it imports; raises what ``source_fingerprint`` does."""
    return sorted(source for source, _ in _reached(path).values())


def _reached(path: Path) -> dict[str, tuple[Path, ast.Module]]:
    """File and code of a plug-in and of all beside it that it imports, by dotted name."""
    _require_file(path)
    folder, reached, waiting = _folder(path), {}, [path.stem]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            source = _source(folder, name)
            tree = _parsed(source, path)
            waiting.extend(_siblings(folder, name, source, tree))
            reached[name] = source, tree
    return reached


# --- what a plug-in of each family must be: None, or what is wrong and the remedy ---------------------------


def _class_misfit(base: type, found) -> tuple[str, str] | None:
    if not (inspect.isclass(found) and issubclass(found, base)):
        return (
            f"it is no subclass of {base.__name__}",
            f"Derive the class from {base.__module__}.{base.__name__}.",
        )
    if inspect.isabstract(found):
        missing = ", ".join(sorted(found.__abstractmethods__))
        parent = next(one for one in found.__mro__ if one.__module__.partition(".")[0] == PACKAGE)
        remedy = f"{parent.__module__}.{parent.__name__} says what to define."
        return f"the class does not define {missing}", remedy
    return None


def _model_misfit(found) -> tuple[str, str] | None:
    wrong = _class_misfit(Model, found)
    if wrong is not None:
        return wrong
    if not isinstance(getattr(found, "variables", None), Variables):
        return "the class states no 'variables'", "Write such as variables = Variables('real', per_site=1)."
    odd = next((name for name, item in found.parameters.items() if not isinstance(item, Parameter)), None)
    if odd is not None:
        return f"its parameter '{odd}' is no Parameter", f"Write {odd!r}: Parameter('What it means.', 1.0)."
    return _attribute_misfit(found)


def _attribute_misfit(found: type[Model]) -> tuple[str, str] | None:
    """A parameter or an observable that hides an attribute of the model, or is hidden by it."""
    own = found.observables()
    # an observable that a parameter hides is refused with the names of columns
    parameters = [name for name in found.parameters if name not in own]
    names = {"parameter": (found, parameters), "observable": (Model, own)}
    for kind, (owner, given) in names.items():
        taken = next((name for name in given if name in OF_MODELS or hasattr(owner, name)), None)
        if taken is not None:
            return f"its {kind} '{taken}' has the name of another attribute of the model", "Rename it."
    return None


def _observable_misfit(found) -> tuple[str, str] | None:
    if isinstance(found, Observable):
        return None
    return "it is no Observable", "Write @observable('long name') above the function of a point."


def _figure_misfit(found) -> tuple[str, str] | None:
    remedy = "Write a function draw(scan, attrs) that returns a figure."
    if not inspect.isfunction(found):
        return "it is no function", remedy
    try:
        inspect.signature(found).bind(None, None)
    except TypeError:
        return "it cannot be called with the table of a scan and its attributes", remedy
    return None


MISFITS = {
    "model": _model_misfit,
    "contour": partial(_class_misfit, Contour),
    "observable": _observable_misfit,
    "figure": _figure_misfit,
}


# --- importing ----------------------------------------------------------------------------------------------


def _module(path: Path) -> ModuleType:
    """The file as a module of the private package of its folder."""
    _require_file(path)
    package = _package_name(_folder(path))
    if package not in sys.modules:
        sys.modules[package] = ModuleType(package, "A folder of plug-ins.")
        sys.modules[package].__path__ = [str(_folder(path))]
    try:
        return import_module(f"{package}.{path.stem}")
    except (Exception, SystemExit) as error:
        where = f"{error_line(error, path)} ({type(error).__name__}: {first_line(error)})"
        raise ConfigError(str(path), f"the file cannot be run: {where}", "Correct that line.") from error


def _require_file(path: Path) -> None:
    if not path.is_file():
        raise ConfigError(str(path), "there is no such file", "Correct the path of the plug-in.")
    if path.suffix != SUFFIX or not path.stem.isidentifier():
        remedy = "Name it like a Python module, of letters, digits and _, such as my_model.py."
        raise ConfigError(str(path), "a file of this name cannot be imported", remedy)


def _is_own(value, module: ModuleType) -> bool:
    """Whether a class, function or observable was defined in a module."""
    value = value.function if isinstance(value, Observable) else value
    kinds = inspect.isclass(value) or inspect.isfunction(value)
    return kinds and value.__module__ == module.__name__


def _folder(path: Path) -> Path:
    return path.resolve().parent


def _package_name(folder: Path) -> str:
    return PRIVATE + hashlib.sha256(str(folder).encode()).hexdigest()[:16]


class _Loader(SourceFileLoader):
    """Runs a file of a private package, for which the files of the package come first in imports."""

    def exec_module(self, module: ModuleType) -> None:
        importer = partial(_import, module.__name__.partition(".")[0])
        module.__builtins__ = vars(builtins) | {"__import__": importer}
        super().exec_module(module)


class _Finder:
    """Finds the modules of private packages; those of others are not its business."""

    @staticmethod
    def find_spec(name: str, folders=None, target=None):
        if not name.startswith(PRIVATE) or not folders:
            return None
        return FileFinder(folders[0], (_Loader, SOURCE_SUFFIXES)).find_spec(name)


sys.meta_path.insert(0, _Finder)


def _import(package: str, name: str, globals=None, locals=None, fromlist=(), level=0):
    """What an import statement calls in a file of a private package."""
    head = name.partition(".")[0]
    if level or not _is_beside(Path(sys.modules[package].__path__[0]), head):
        return builtins.__import__(name, globals, locals, fromlist, level)
    found = builtins.__import__(f"{package}.{name}", globals, locals, fromlist)
    return found if fromlist else sys.modules[f"{package}.{head}"]


def _is_beside(folder: Path, name: str) -> bool:
    """Whether a name stands for a file or package of a folder; pomflow itself is never hidden by one."""
    return name != PACKAGE and _source(folder, name).is_file()


def _source(folder: Path, name: str) -> Path:
    """The file of a module of a folder, by its dotted name there."""
    place = folder.joinpath(*name.split("."))
    package = place / "__init__.py"
    return package if package.is_file() else place.with_name(place.name + SUFFIX)


def _parsed(source: Path, path: Path) -> ast.Module:
    try:
        return ast.parse(source.read_bytes(), filename=str(source))
    except (SyntaxError, ValueError, OSError) as error:
        where = f"{error_line(error, path)} ({type(error).__name__}: {first_line(error)})"
        raise ConfigError(str(path), f"the file cannot be read: {where}", "Correct that line.") from error


def _siblings(folder: Path, name: str, source: Path, tree: ast.Module):
    """Dotted names of the modules of a folder that one of them imports."""
    own = name if source.name == "__init__.py" else name.rpartition(".")[0]
    for statement in syntax.imports(tree):
        base = own.split(".")[: own.count(".") + 2 - statement.level] if statement.level else []
        parts = [part for part in (*base, *statement.module.split(".")) if part]
        reached = [".".join(parts[: count + 1]) for count in range(len(parts))]
        reached += [".".join((*parts, other)) for other in statement.names]
        yield from (other for other in reached if _is_beside(folder, other))
