"""The command line: ``python -m pomflow info|validate|list|upgrade``; the scan itself is run by Snakemake."""

import argparse
import json
import os
import sys
from pathlib import Path

import yaml

from pomflow import registry
from pomflow.config import describe, resolve, summary, upgrade
from pomflow.config import file as config_file
from pomflow.errors import ConfigError, PomflowError
from pomflow.io import provenance

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
    listing = commands.add_parser("list", help="registered models, contours, observables, figures, lessons")
    listing.add_argument(
        "family",
        nargs="?",
        choices=list(registry.FAMILIES),
        metavar="FAMILY",
        help="only these: %(choices)s; of a model all that it has",
    )
    listing.set_defaults(command=_list)
    renewal = commands.add_parser(
        "upgrade",
        help="bring configs of earlier releases into the present form",
        description="Each file is written in place, and as it was is kept as FILE.old. What the earlier "
        f"{DEFAULT} gave to it is written down, so that the same scan is made with the same numbers; of files "
        "that are merged over each other, upgrade the first only and edit the others.",
    )
    renewal.add_argument("files", nargs="+", metavar="FILE", help="a config with a section 'phi4'")
    renewal.set_defaults(command=_upgrade)
    return parser


def _info(options) -> int:
    folder = Path(options.path).is_dir()
    about = (provenance.of_folder if folder else provenance.of_file)(options.path)
    words = summary.of_folder if folder else summary.of_file
    print(json.dumps(about, indent=2) if options.json else words(about))
    return 1 if about.get("damaged") else 0


def _validate(options) -> int:
    """The files that Snakemake would read, in the folder of the Snakefile."""
    print(summary.of_config(_resolved(options.configs)))
    return 0


def _resolved(paths: list[str], given: dict | None = None) -> dict:
    """The configuration of files and of what is given over them; the code of plug-ins is not run."""
    if not Path("Snakefile").exists():
        remedy = "Change to the root of the repository, where the Snakefile is."
        raise ConfigError(str(Path.cwd()), "this folder holds no workflow", remedy)
    merged = config_file.merged(DEFAULT, paths, given)
    return resolve.resolve(merged, resolve.load_schema(SCHEMA), run_plugins=False)


def _list(options) -> int:
    for family in [options.family] if options.family else registry.FAMILIES:
        print(f"{family}s")
        for name in registry.members(family):
            print(f"  {name:<28}{describe.first_sentence(registry.load(family, name))}")
    if options.family == "model":
        for name in registry.members("model"):
            print(f"\n{describe.of_model(name)}")
    return 0


def _upgrade(options) -> int:
    """All files are looked at before the first is written."""
    texts = {path: _upgraded(path) for path in options.files}
    for path, text in texts.items():
        kept = config_file.rewrite(path, text)
        print(f"{path}: written in the present form; as it was it is {kept}")
    return 0


def _upgraded(path: str) -> str:
    config_file.load(path)
    try:
        text = upgrade.upgraded(Path(path).read_text(encoding="utf-8-sig"))
        _resolved([], yaml.safe_load(text))
    except ConfigError as error:
        raise ConfigError(f"{path}, {error.where}", error.what, error.remedy) from None
    return text


if __name__ == "__main__":
    sys.exit(main())
