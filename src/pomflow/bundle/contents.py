"""What is in a bundle: results, how they were made, and what is needed to make them again."""

import copy
import json
from pathlib import Path

import yaml

from pomflow import plugins
from pomflow.bundle import archive, crate
from pomflow.errors import StoreError
from pomflow.io import netcdf, provenance
from pomflow.jobs.graph import paths_of

FOLDER = "bundle"
CONFIG, LOCK, JOBS = f"{FOLDER}/config.yaml", f"{FOLDER}/requirements.lock", f"{FOLDER}/jobs.json"
PROVENANCE, README = f"{FOLDER}/provenance.json", f"{FOLDER}/README.md"
METADATA = "ro-crate-metadata.json"
# what may be left out: configurations of fields and of spins, which are most of the bytes
SAMPLES = ("samples.nc", "training.nc", "test.nc")
WORDS = {
    CONFIG: "the configuration, complete, with the values that were left to the default",
    LOCK: "every Python package of the environment, pinned by its hash",
    JOBS: "of every job its files by name, its stage and its settings, in an order in which they can run",
    PROVENANCE: "revisions, versions, seeds, devices and kinds of machines behind the NetCDF files",
    README: "what is here, and how to check it and to go on",
}
MADE = ("revisions", "versions", "seeds", "devices", "machines")
ABOUT = """# pomflow scan {scan}

{description}

| file | what it is |
|---|---|
{files}
| `results/{scan}/` | NetCDF of every job{samples}, tables (csv, LaTeX, Markdown), figures |
| `{metadata}` | all of this for archives and catalogues (RO-Crate) |
| `{checksums}` | SHA-256 of every file |

{made}

Not here: logs and times of jobs, which name machines, and the report, which is made from what is here.

Check it without pomflow: `sha256sum --check {checksums}`. With pomflow: `python -m pomflow verify
FILE.zip`, which also makes every table anew from the NetCDF files. Go on with it: unpack it in a clone of
pomflow at the revision above; `make run CONFIG={config}` then finds everything done, and makes what
you change.
"""


def contents(jobs: list[dict], config: dict, lock: Path, samples: bool) -> dict[str, Path | bytes]:
    """Every file of a bundle by its name in it, results in an order in which none is older than its sources.

    Parameters
    ----------
    jobs : list of dict
        From ``jobs.graph.jobs_behind``; their paths are names in the archive, too.
    config : dict
        As resolved.
    lock : Path
        The file of pinned packages.
    samples : bool
        Whether configurations are part of it.

    Raises
    ------
    StoreError
        If a NetCDF file is damaged.
    """
    results = [path for job in jobs for path in paths_of(job["outputs"])]
    results = [path for path in results if samples or Path(path).name not in SAMPLES]
    primary = [path for path in results if path.endswith(".nc")]
    about = provenance.of_files(f"results/{config['scan']}", primary)
    if about["damaged"]:
        raise StoreError(about["path"], f"cannot be bundled: {about['damaged'][0]}", "No bundle was written.")
    located, sources = with_plugins(config)
    described = description(about, config)
    found = {
        CONFIG: yaml.safe_dump(located, sort_keys=False, allow_unicode=True).encode(),
        LOCK: lock,
        JOBS: f"{json.dumps(jobs, indent=1, ensure_ascii=False)}\n".encode(),
        PROVENANCE: f"{json.dumps({name: about[name] for name in MADE}, indent=1)}\n".encode(),
        README: _readme(about, config, described, samples),
        **sources,
        **{path: Path(path) for path in results},
    }
    return _with_metadata(found, jobs, described, about, config)


def _with_metadata(found: dict, jobs: list[dict], described: str, about: dict, config: dict) -> dict:
    """The files with metadata before them and checksums behind."""
    entries = [archive.entry(*item) for item in found.items()]
    made_by = {path: f"made by {job['rule']}" for job in jobs for path in paths_of(job["outputs"])}
    told = {
        "scan": config["scan"],
        "description": described,
        "created": about["created"],
        "config": CONFIG,
        "version": netcdf.versions()["pomflow"],
        "revision": ", ".join(about["revisions"]),
    }
    shown = [path for path in found if path in made_by and not path.endswith(".nc")]
    metadata = crate.metadata(told, entries, WORDS | made_by, shown)
    entries.append(archive.entry(METADATA, metadata))
    return {METADATA: metadata, **found, archive.CHECKSUMS: archive.checksums(entries)}


def description(about: dict, config: dict) -> str:
    """The scan in a sentence."""
    studies = "; ".join(f"{name}: {study['model']}" for name, study in config["studies"].items())
    models = f" of {studies}" if studies else ""
    what = "with all numbers that its tables and figures are made of"
    return f"Results of the scan {config['scan']}{models}, {what}."


def _readme(about: dict, config: dict, described: str, samples: bool) -> bytes:
    made = [f"{name}: {', '.join(about[name])}" for name in MADE]
    changed = [name for name in about["revisions"] if name.endswith(provenance.DIRTY)]
    if changed:
        made.append(f"The source was changed: what git has at {', '.join(changed)} is not what ran.")
    left_out = ", ".join(f"`{name}`" for name in SAMPLES)
    text = ABOUT.format(
        scan=config["scan"],
        description=described,
        files="\n".join(f"| `{name}` | {words} |" for name, words in WORDS.items()),
        samples="" if samples else f" but {left_out}, which were left out",
        metadata=METADATA,
        checksums=archive.CHECKSUMS,
        config=CONFIG,
        made="\n".join(f"- {line}" for line in made),
    )
    return text.encode()


def with_plugins(config: dict) -> tuple[dict, dict[str, Path]]:
    """The configuration with plug-ins where the bundle has them, and their files by name in it.

    Every folder of plug-ins has one of its own, so that files of one name do not clash.
    """
    config, folders, sources = copy.deepcopy(config), {}, {}
    for family in config["plugins"].values():
        for name, place in family.items():
            path, _, attribute = place.rpartition(":")
            origin = Path(path).resolve().parent
            folder = f"plugins/{folders.setdefault(origin, len(folders) + 1)}"
            family[name] = f"{folder}/{Path(path).name}:{attribute}"
            for source in plugins.source_files(Path(path)):
                sources[f"{FOLDER}/{folder}/{source.relative_to(origin).as_posix()}"] = source
    return config, dict(sorted(sources.items()))
