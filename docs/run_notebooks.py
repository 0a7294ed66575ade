"""Execute the tutorials and the lecture, Markdown files that Jupytext reads as notebooks.

    python docs/run_notebooks.py FOLDER NOTEBOOK.md ...

Each runs in a kernel of its own, in its own folder, and is written with its outputs to FOLDER. One that
raises an error, or writes to the standard error stream as warnings do, is named with its cell, and then the
exit status is 1.
"""

import argparse
import os
import re
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import jupytext
import nbformat
from jupyter_client import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

# seconds for one cell, on a slow machine that does other work too
PATIENCE = 1200


def execute(source: Path, folder: Path) -> str:
    """Run one notebook and write it to a folder; return what is wrong, an empty text if nothing is."""
    notebook = jupytext.read(source)
    resources = {"metadata": {"path": str(source.parent)}}
    with TemporaryDirectory() as sockets:
        # sockets in a folder of ours in place of ports that anyone on the machine could listen to
        kernel = AsyncKernelManager(kernel_name="python3", transport="ipc", ip=f"{sockets}/kernel")
        client = NotebookClient(
            notebook, km=kernel, timeout=PATIENCE, startup_timeout=PATIENCE, resources=resources
        )
        try:
            client.execute(cleanup_kc=True)
            problem = complaints(notebook)
        except CellExecutionError as error:
            # without the colours of a terminal, for a log
            problem = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    nbformat.write(notebook, folder / f"{source.stem}.ipynb")
    return problem


def complaints(notebook) -> str:
    """What its cells wrote to the standard error stream, with the cells."""
    return "\n".join(
        f"{cell.source}\n--- wrote to stderr:\n{output.text}"
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and output.name == "stderr"
    )


def main(arguments: list[str]) -> int:
    """Run all notebooks, also after one that fails, and say how long each took."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where the executed notebooks go")
    parser.add_argument("notebooks", type=Path, nargs="+", help="Markdown files in Jupytext's MyST format")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    # arrays are small: more threads would only wait for each other
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    failed, started = [], time.monotonic()
    for source in options.notebooks:
        begun = time.monotonic()
        problem = execute(source, options.folder)
        print(
            f"{source.name:24} {time.monotonic() - begun:6.1f} s  {'FAILED' if problem else 'ok'}", flush=True
        )
        if problem:
            failed.append(source.name)
            print(f"\n{source}: {problem}\n", file=sys.stderr)
    print(f"{'together':24} {time.monotonic() - started:6.1f} s  executed notebooks are in {options.folder}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
