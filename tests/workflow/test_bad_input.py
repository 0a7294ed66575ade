"""Bad input given to the real command: one message, a non-zero exit, no traceback, no file touched."""

import json
import subprocess
import sys

import pytest

from pomflow.io import netcdf
from pomflow.numerics import backend
from small_scan import SMALL, changed

THIRRING = {"model": "thirring", "lattices": [[8]], "over": {"mu": [1.0]}}
HUBBARD = {"model": "hubbard", "lattices": [[8, 2]], "over": {"mu": [1.0]}}
BAD = {
    "unknown key": (
        changed(latices=[[4, 4]]),
        "studies.phi4.latices: there is no such key. Did you mean 'lattices'?",
    ),
    "wrong type": ({"seed": "many"}, "seed: 'many' is not of type integer"),
    "mu not a number": (
        changed(over={"mu": ["high"]}),
        "studies.phi4.over.mu[0]: 'high' is not of type number",
    ),
    "empty lattice": (
        changed(lattices=[[0, 4]]),
        "studies.phi4.lattices[0][0]: 0 is too small. It must be at least 1.",
    ),
    "a lattice beyond any memory": (
        changed(lattices=[[10000] * 5]),
        "studies.phi4.lattices[0]: 1e+20 sites are more than fit into memory. Give extents of at most",
    ),
    "a name that is a number": (
        {"scan": 2024},
        "scan: 2024 is not of type string. Write it in quotes: '2024'.",
    ),
    "unknown model": (changed(model="phi4"), "studies.phi4.model: 'phi4' is not registered. Known models: "),
    "unknown contour": (
        changed(contours=["thimble"]),
        "Known contours: dense, equivariant, flow, gauge, layered, ",
    ),
    "contour that does not fit": (
        {"studies": {"fermions": THIRRING | {"contours": ["equivariant"]}}},
        "studies.fermions.contours: 'equivariant' does not fit: ",
    ),
    "an odd number of sites for staggered fermions": (
        {"studies": {"fermions": THIRRING | {"lattices": [[8], [5]]}}},
        "studies.fermions.lattices: staggered fermions need even extents above 2, which [5] does not have.",
    ),
    "no time slices": (
        {"studies": {"electrons": HUBBARD | {"lattices": [[0, 2]]}}},
        "studies.electrons.lattices[0][0]: 0 is too small. It must be at least 1.",
    ),
    "too few time slices": (
        {"studies": {"electrons": HUBBARD | {"lattices": [[2, 2]], "parameters": {"beta": 100}}}},
        "studies.electrons.lattices: 2 slices of beta / N_t = 50 are too long for their numbers.",
    ),
    "unknown parameter": (
        changed(parameters={"nass": 1.0}),
        "studies.phi4.parameters.nass: the model has no such parameter. Did you mean 'mass'?",
    ),
    "negative coupling": (
        changed(parameters={"coupling": -1}),
        "studies.phi4.parameters.coupling: -1 is too small. It must be at least 0.",
    ),
    "mu that is NaN": (
        changed(over={"mu": [0.1, float("nan")]}),
        "studies.phi4.over.mu[1]: nan is not a finite number",
    ),
    "mu twice": (
        changed(over={"mu": [0.4, 0.40]}),
        "studies.phi4.over.mu: 0.4 appears twice. Name every value once.",
    ),
    "a scan elsewhere": ({"scan": "../mine"}, "scan: '../mine' cannot be used"),
    "the form of earlier releases": ({"phi4": {"mass": 2.0}}, "phi4: this section is now a study."),
}


def refused(done, message):
    """One message of ours on the standard error and no traceback."""
    assert done.returncode != 0
    assert message in done.stderr
    assert done.stderr.count("pomflow:") == 1
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("name", BAD)
def test_bad_config(project, name):
    config, message = BAD[name]
    refused(project.run(config=config), message)
    assert not project.files()


FILES = {
    "key twice": (
        "seed: 1\nseed: 2\n",
        "test.yaml, line 2: the key 'seed' was given before, in line 1. Keep",
    ),
    "alias": (
        "studies:\n  a: &a {model: complex_phi4}\n  b: *a\n",
        "test.yaml, line 3: an alias (*name) is not read",
    ),
    "number in quotes": (
        "studies: {a: {model: complex_phi4, lattices: [[2]], over: {mu: [0]}, parameters: {mass: '0.001'}}}",
        "studies.a.parameters.mass: '0.001' is not a number. Write it as 0.001",
    ),
    "whole number with an exponent": (
        "studies: {a: {model: complex_phi4, lattices: [[2]], over: {mu: [0]}, optimize: {steps: 1e3}}}",
        "studies.a.optimize.steps: '1e3' is not of type integer. Write it as 1000.",
    ),
    "line break in the name": ('scan: "mine\\n"\n', "scan: 'mine\\n' cannot be used. Name of the scan;"),
    "no name": ("seed: 3\n", "test.yaml: scan: the scan has no name"),
}


@pytest.mark.parametrize("name", FILES)
def test_bad_config_file(project, name):
    text, message = FILES[name]
    (project.folder / "test.yaml").write_text(text)
    refused(project.run("--configfile", "test.yaml"), message)
    assert not project.files()


def test_numbers_of_json_are_the_same_in_a_file_and_on_the_command_line(project):
    config = changed(optimize={"learning_rate": 1e-05})
    (project.folder / "mine.json").write_text(json.dumps(config))
    given = [
        f"{key}={json.dumps(value) if isinstance(value, dict) else value}" for key, value in config.items()
    ]
    ways = (["--configfile", "mine.json"], ["--config", *given])
    plans = [project.run("--dry-run", *way) for way in ways]
    assert [plan.returncode for plan in plans] == [0, 0], plans
    assert project.counted(plans[0].stdout) == project.counted(plans[1].stdout)
    command = [sys.executable, "-m", "pomflow", "validate", "mine.json"]
    assert subprocess.run(command, cwd=project.folder, capture_output=True).returncode == 0


def test_bad_default_file(project):
    """Snakemake itself would name neither the key nor the line."""
    with open(project.folder / "config/default.yaml", "a") as file:
        file.write("lessons: [\n")
    refused(project.run(), "config/default.yaml, line")
    assert not project.files()


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (None, "my.yaml: cannot be read (No such file or directory). Name a config file"),
        ("studies: {a: [1\nseed: 3\n", "my.yaml, line 2: expected"),
    ],
    ids=["missing", "no YAML"],
)
def test_what_snakemake_reads_before_us_is_refused_by_validate(project, config, message):
    """``make run`` asks it first; Snakemake alone fails too, in words of its own."""
    if config is not None:
        (project.folder / "my.yaml").write_text(config)
    command = [sys.executable, "-m", "pomflow", "validate", "my.yaml"]
    refused(subprocess.run(command, cwd=project.folder, capture_output=True, text=True), message)
    assert project.run("--configfile", "my.yaml").returncode != 0
    assert not project.files()


@pytest.mark.parametrize("place", ["results", "results/small"])
def test_a_file_where_the_results_go(project, place):
    (project.folder / place).parent.mkdir(exist_ok=True)
    (project.folder / place).write_text("")
    refused(project.run(config=SMALL), f"{place}: no file can be written there (Not a directory). Make it a")


PLANE = "results/small/phi4/L2x2/plane/mu=0.8/samples.nc"
LONG = {"chains": 8, "trajectories": 1200, "thermalization": 10, "record_every": 1}


def test_a_limit_on_the_size_of_files_stops_the_job_in_words(project):
    """The same way as a full disk; Snakemake's own files and the lock file stay below the limit."""
    config = changed(plane=LONG)
    limit = "import resource, os, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))"
    command = [sys.executable, "-c", f"{limit}; os.execv(sys.argv[1], sys.argv[1:])"]
    command += project.command(PLANE, config=config)
    done = subprocess.run(command, cwd=project.folder, capture_output=True, text=True, timeout=900)
    refused(done, f"{PLANE}: cannot be written (File too large). Check the space")
    assert not [path for path in project.files() if path.suffix in (".nc", ".tmp")]


def test_more_chains_than_memory(project):
    config = changed(plane={"chains": 10**14})
    refused(project.run(PLANE, config=config), "sample_plane: not enough memory")
    assert not [path for path in project.files() if path.suffix == ".nc"]


@pytest.mark.skipif(backend.cupy_problem() is None, reason="a working GPU is present")
def test_cupy_without_a_gpu(project):
    refused(project.run(config={"scan": "mine", "backend": "cupy"}), "backend: 'cupy' cannot be used here")
    assert not project.files()


def attribute_changed(path):
    content = path.read_bytes()
    path.write_bytes(content.replace(b'"coupling": 1.0', b'"coupling": 9.0'))
    assert path.read_bytes() != content


def not_a_number(path):
    """In a file that is whole otherwise."""
    dataset = netcdf.read_any(path)
    about = {name: value for name, value in dataset.attrs.items() if not name.startswith("pomflow_")}
    dataset["theta"][0] = float("nan")
    netcdf.write(dataset, path, dataset.attrs["pomflow_kind"], about)


DENSE = "results/small/phi4/L2x2/dense"
DAMAGED = {
    "attribute changed": (
        attribute_changed,
        "observables.nc: is damaged or was changed",
        f"{DENSE}/scan.csv",
    ),
    "NaN": (not_a_number, "contour.nc: theta has values that are not finite", f"{DENSE}/mu=0.8/samples.nc"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_bad_file_stops_what_reads_it_and_touches_nothing(name, copied):
    damage, message, target = DAMAGED[name]
    damage(copied.folder / DENSE / "mu=0.8" / message.partition(":")[0])
    before = {file: file.read_bytes() for file in copied.files() if file.suffix in (".nc", ".csv", ".png")}
    (copied.folder / target).unlink()
    done = copied.run(target, config=SMALL)
    assert done.returncode != 0
    assert f"mu=0.8/{message}" in done.stderr
    assert "Delete it and run again" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    survivors = {file: file.read_bytes() for file in before if file.exists()}
    assert survivors.items() <= before.items()
    lost = {file.relative_to(copied.folder).as_posix() for file in before.keys() - survivors.keys()}
    assert target in lost
    assert lost <= {target, f"{DENSE}/scan.nc"}  # what was to be made


def test_a_truncated_file_is_no_result_and_is_made_anew(copied):
    """Its end, which says of what work it is, is missing."""
    cut, table = copied.folder / DENSE / "mu=0.8/observables.nc", copied.folder / DENSE / "scan.csv"
    whole, before = cut.read_bytes(), table.read_bytes()
    cut.write_bytes(whole[:500])
    assert copied.planned(SMALL)["measure_observables"] == 1
    assert copied.run("scan", config=SMALL).returncode == 0
    assert len(cut.read_bytes()) > len(whole) / 2
    assert table.read_bytes() == before
