"""The command line: ``python -m pomflow info|validate|unlock|upgrade|list|check|verify``."""

import argparse
import json
import os
import sys
from pathlib import Path

import yaml

from pomflow import registry
from pomflow.bundle import verify
from pomflow.checks import command as checks
from pomflow.config import file, resolve, summary, upgrade
from pomflow.errors import ConfigError, PomflowError
from pomflow.io import netcdf, provenance, running

DEFAULT = "config/default.yaml"
SCHEMA = "workflow/schemas/config.schema.yaml"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit status is 1 after the one message of an error."""
    options = _parser().parse_args(arguments)
    try:
        status = options.command(options)
        sys.stdout.flush()
        return status
    except PomflowError as error:
        print(f"pomflow: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # the reader, such as `head`, has seen enough; nothing more is to be flushed to it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pomflow", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    info = commands.add_parser("info", help="how a file was made, or the files below a folder")
    info.add_argument("path", metavar="PATH", help="a NetCDF file of results, or a folder")
    info.add_argument("--json", action="store_true", help="as JSON")
    info.set_defaults(command=_info)
    validate = commands.add_parser("validate", help="check a config and say what it would run")
    validate.add_argument("configs", nargs="+", metavar="CONFIG", help=f"merged in order over {DEFAULT}")
    validate.set_defaults(command=_validate)
    unlocking = commands.add_parser(
        "unlock", help="before a run that was killed goes on; refused while it lives"
    )
    unlocking.add_argument("configs", nargs="+", metavar="CONFIG", help=f"merged in order over {DEFAULT}")
    unlocking.set_defaults(command=_unlock)
    upgrading = commands.add_parser("upgrade", help="bring config files of earlier releases up to date")
    upgrading.add_argument("configs", nargs="+", metavar="CONFIG", help="FILE.old keeps the old text")
    upgrading.set_defaults(command=_upgrade)
    listing = commands.add_parser("list", help="registered models, contours, observables, ...")
    listing.add_argument("family", nargs="?", choices=registry.FAMILIES, help="one of them, with more words")
    listing.set_defaults(command=_list)
    verifying = commands.add_parser("verify", help="compare a bundle with its checksums, and make its tables")
    verifying.add_argument("path", metavar="BUNDLE", help="the zip, or the folder that it was unpacked in")
    verifying.add_argument("--run-plugins", action="store_true", help="run the code that came with it")
    verifying.set_defaults(command=_verify)
    check = commands.add_parser("check", help="compare a model or a contour with differences and integrals")
    checks.add_arguments(check, SCHEMA)
    return parser


def _info(options) -> int:
    folder = Path(options.path).is_dir()
    about = (provenance.of_folder if folder else provenance.of_file)(options.path)
    words = summary.of_folder if folder else summary.of_file
    print(json.dumps(about, indent=2) if options.json else words(about))
    return 1 if about.get("damaged") else 0


def _validate(options) -> int:
    """The files that Snakemake would read, in the folder of the Snakefile; no code of plug-ins is run."""
    _require_workflow()
    config = file.merged(DEFAULT, options.configs)
    resolved = resolve.resolve(config, resolve.load_schema(SCHEMA), run_plugins=False)
    file.require_scan(options.configs)
    print(summary.of_config(resolved))
    return 0


def _unlock(options) -> int:
    _require_workflow()
    file.require_scan(options.configs)
    folder = f"results/{file.merged(DEFAULT, options.configs)['scan']}"
    running.require_ended(folder)
    running.unlock(folder)
    return 0


def _require_workflow() -> None:
    if not Path("Snakefile").exists():
        remedy = "Change to the root of the repository, where the Snakefile is."
        raise ConfigError(str(Path.cwd()), "this folder holds no workflow", remedy)


def _upgrade(options) -> int:
    """Rewrite files, all of them checked before the first is written."""
    _require_workflow()
    schema = resolve.load_schema(SCHEMA)
    upgraded = {path: _upgraded(path, schema) for path in map(Path, options.configs)}
    for path, (old, new) in upgraded.items():
        netcdf.write_text(old, _kept(path))
        netcdf.write_text(new, path)
        print(f"{path}: written in the form of today; {_kept(path).name} keeps the old text")
    return 0


def _upgraded(path: Path, schema: dict) -> tuple[str, str]:
    """The text of a file as it is, and in the form of today, in which it is valid."""
    file.load(path)
    if _kept(path).exists():
        raise ConfigError(str(_kept(path)), "is there already", "Move it elsewhere, or delete it.")
    old = path.read_text(encoding="utf-8-sig")
    try:
        new = upgrade.upgraded(old)
        config = file.merged(DEFAULT, [path], yaml.safe_load(new))
        del config[upgrade.OLD_SECTION]
        resolve.resolve(config, schema, run_plugins=False)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error.where}", error.what, error.remedy) from error
    return old, new


def _kept(path: Path) -> Path:
    """Where the old text of a file is kept."""
    return path.with_name(f"{path.name}.old")


def _verify(options) -> int:
    print(verify.words(Path(options.path), options.run_plugins))
    return 0


def _list(options) -> int:
    for family in [options.family] if options.family else registry.FAMILIES:
        print(f"{family}s")
        for name in registry.members(family):
            print(f"  {name:<28}{summary.first_sentence(registry.load(family, name))}")
            if options.family == "model":
                print(summary.of_model(name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
