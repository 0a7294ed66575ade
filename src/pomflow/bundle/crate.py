"""Metadata of a bundle, RO-Crate (https://w3id.org/ro/crate/1.1), which archives and catalogues read."""

import json
from collections.abc import Iterable

from pomflow.bundle.archive import Entry

# the form that most readers know
VERSION = "1.1"
FORMATS = {
    ".nc": "application/x-netcdf",
    ".csv": "text/csv",
    ".html": "text/html",
    ".tex": "text/x-tex",
    ".md": "text/markdown",
    ".png": "image/png",
    ".pdf": "application/pdf",
    ".json": "application/json",
    ".yaml": "application/yaml",
    ".py": "text/x-python",
}
TEXT = "text/plain"
# a term that the context of RO-Crate 1.1 lacks
TERMS = {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}
CODE = "#pomflow"


def metadata(about: dict, entries: Iterable[Entry], words: dict[str, str], results: Iterable[str]) -> bytes:
    """The text of ``ro-crate-metadata.json``.

    Parameters
    ----------
    about : dict
        ``scan``, ``description``, ``created`` (the time of the newest file), ``config`` (its name in the
        archive), ``version`` and ``revision`` of pomflow.
    entries : iterable of Entry
        The files of the archive.
    words : dict
        What files are, by name.
    results : iterable of str
        The tables and figures among them.
    """
    # no other job needs it, and it brings a client of the web along
    from rocrate.model.contextentity import ContextEntity
    from rocrate.rocrate import ROCrate

    crate = ROCrate(version=VERSION)
    crate.metadata.extra_terms.update(TERMS)
    crate.name = f"pomflow scan {about['scan']}"
    crate.description = about["description"]
    # not the time of the packing, so that the same results give the same bytes
    crate.root_dataset["datePublished"] = about["created"]
    files = {one.name: crate.add_file(dest_path=one.name, properties=_file(one, words)) for one in entries}
    code = {
        "@type": "SoftwareApplication",
        "name": "pomflow",
        "softwareVersion": about["version"],
        "version": about["revision"],
    }
    action = crate.add_action(
        crate.add(ContextEntity(crate, CODE, properties=code)),
        identifier="#run",
        object=[files[about["config"]]],
        result=[files[name] for name in results],
        properties={"@type": "CreateAction", "name": crate.name, "endTime": about["created"]},
    )
    crate.root_dataset["mentions"] = action
    return f"{json.dumps(crate.metadata.generate(), indent=1, ensure_ascii=False)}\n".encode()


def _file(one: Entry, words: dict[str, str]) -> dict:
    suffix = one.name[one.name.rfind(".") :]
    known = {"name": one.name, "encodingFormat": FORMATS.get(suffix, TEXT)}
    known |= {"description": words[one.name]} if one.name in words else {}
    return known | {"contentSize": str(one.size), "sha256": one.sha256}
