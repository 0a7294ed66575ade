"""A finished scan in one archive."""

from pathlib import Path

from pomflow.bundle import archive
from pomflow.bundle.contents import contents


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['archive']``, a zip.

    Parameters
    ----------
    inputs : dict
        ``lock``, the file of pinned packages, and ``jobs``, from ``jobs.graph.jobs_behind``.
    params : dict
        ``config`` as resolved, and ``samples``, whether configurations are part of it.
    """
    files = contents(inputs["jobs"], params["config"], Path(inputs["lock"]), params["samples"])
    archive.write(files, outputs["archive"])
