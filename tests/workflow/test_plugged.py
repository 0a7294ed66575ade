"""A model and a contour from files beside the config, in real runs: what is run when, and what is refused."""

import subprocess
import sys
import textwrap

import pandas as pd
import pytest

from pictures import settings_of
from small_scan import Project, as_yaml

MODEL = '''
"""A well of its own in every variable."""

from helper import power

from pomflow.models.base import Model, Parameter, Variables, closed_form
from pomflow.models.observables import observable


class Well(Model):
    """S = sum (z - i a)^2 / 2 of every variable: the shift by i a removes all of its phase."""

    title = "well"
    variables = Variables("real", per_site=1)
    parameters = {"offset": Parameter("Offset a.", symbol="a")}

    def value(self, z):
        return power(z - 1j * self.offset).sum(axis=1) / 2

    def gradient(self, z):
        return z - 1j * self.offset

    @observable("mean of z")
    def mean(self, point):
        return point.z.mean(axis=1)

    def exact(self):
        return closed_form(mean=1j * self.offset)
'''
HELPER = "def power(z):\n    return z**2\n"
CONTOUR = '''
"""A constant shift, as an author of a contour writes it."""

import numpy as np

from pomflow.contours.shift import Shift

START = 0.1


class Started(Shift):
    """The constant shift, from a start of its own."""

    def initial_parameters(self, stream):
        return START * self.xp.ones(self.n_parameters)
'''
MARKED = """
import pathlib

pathlib.Path(__file__).with_name("it_ran").write_text("yes")
"""
RUN = {"chains": 8, "trajectories": 30, "thermalization": 30}
CONFIG = {
    "scan": "mine",
    "plugins": {"model": {"well": "./well.py:Well"}, "contour": {"started": "started.py:Started"}},
    "studies": {
        "wells": {
            "model": "well",
            "lattices": [[2]],
            "over": {"offset": [0.8]},
            "contours": ["started"],
            "plane": RUN,
            "hmc": RUN,
            "natural_gradient": {"steps": 20, "chains": 16, "thermalization": 5},
        }
    },
    "ising": {"enabled": False},
    "lessons": {"enabled": False},
}
TABLE = "results/mine/wells/L2/started/scan.csv"


def write(project: Project, name: str, text: str) -> None:
    """A file in the folder of the config."""
    (project.folder / "mine").mkdir(exist_ok=True)
    (project.folder / "mine" / name).write_text(textwrap.dedent(text))


def write_all(project: Project, **config) -> None:
    files = {"well.py": MODEL, "helper.py": HELPER, "started.py": CONTOUR}
    files["mine.yaml"] = as_yaml(CONFIG | config)
    for name, text in files.items():
        write(project, name, text)


def planned(project: Project) -> dict[str, int]:
    done = project.run("--dry-run", "--configfile", "mine/mine.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    return project.counted(done.stdout)


@pytest.fixture(scope="module")
def finished_well(tmp_path_factory) -> Project:
    """The finished scan. Its files are changed by tests, each of which writes them anew."""
    project = Project(tmp_path_factory.mktemp("plugged"))
    write_all(project)
    done = project.run("--configfile", "mine/mine.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    return project


@pytest.fixture
def well(finished_well) -> Project:
    write_all(finished_well)
    return finished_well


def test_it_runs_to_the_end(well):
    """The shift finds its offset, where every phase is gone; the mean is exact within 5 errors."""
    [row] = pd.read_csv(well.folder / TABLE).to_dict("records")
    assert row["apf_re"] > 0.99
    assert row["apf0_re"] < 0.7
    assert row["mean_im_exact"] == 0.8
    assert abs(row["mean_pull"]) < 5
    assert row["mean_im"] == pytest.approx(0.8, abs=5 * row["mean_im_err"] + 1e-9)
    for name in ("apf", "mean", "training"):
        made = settings_of(well.folder / f"results/mine/figures/wells_L2_started_{name}.png")
        assert (made["study"], made["model"], made["contour"]) == ("wells", "well", "started")
    assert planned(well) == {}


@pytest.mark.parametrize(
    ("file", "old", "new", "reruns", "keeps"),
    [
        ("well.py", "sum(axis=1) / 2", "sum(axis=1) / 3", {"sample_plane", "optimize_contour"}, set()),
        ("helper.py", "z**2", "z * z", {"sample_plane", "optimize_contour"}, set()),
        ("started.py", "START = 0.1", "START = 0.2", {"train_network", "optimize_contour"}, {"sample_plane"}),
    ],
)
def test_an_edit_of_its_code_reruns_its_jobs(well, file, old, new, reruns, keeps):
    text = (well.folder / "mine" / file).read_text()
    assert old in text
    write(well, file, text.replace(old, new))
    jobs = planned(well)
    assert reruns <= set(jobs)
    assert not keeps & set(jobs)


@pytest.mark.parametrize("file", ["well.py", "started.py", "helper.py"])
def test_a_comment_reruns_nothing(well, file):
    write(well, file, (well.folder / "mine" / file).read_text() + "\n# a word of its author\n")
    assert planned(well) == {}


def test_a_comment_in_a_docstring_reruns_nothing(well):
    write(well, "well.py", MODEL.replace("A well of its own", "One well"))
    assert planned(well) == {}


def validate(project: Project) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "pomflow", "validate", "mine/mine.yaml"],
        cwd=project.folder,
        capture_output=True,
        text=True,
    )


def test_validate_runs_none_of_its_code(project):
    """Not even that of a file which writes another one as soon as it is imported; the scan does run it."""
    write_all(project)
    for name in ("well.py", "started.py"):
        write(project, name, (project.folder / "mine" / name).read_text() + MARKED)
    done = validate(project)
    assert done.returncode == 0, done.stderr
    for words in ("well (", "started (", "offset = 0.8 (1)", "started on 2"):
        assert words in done.stdout
    assert not (project.folder / "mine/it_ran").exists()
    assert planned(project)
    assert (project.folder / "mine/it_ran").exists()


BAD = {
    "missing file": ("gone.py:Well", None, "gone.py: there is no such file"),
    "wrong syntax": ("bad.py:Well", "x = 1\ndef f(:\n    pass\n", "bad.py:2 (SyntaxError"),
    "raises": ("bad.py:Well", "import math\n\nmath.sqrt(-1)\n", "bad.py:3 (ValueError: math domain error)"),
    "wrong attribute": (
        "bad.py:Wall",
        "class Well:\n    pass\n",
        "there is no 'Wall' in this file. It has: Well.",
    ),
    "no model": ("bad.py:Well", "class Well:\n    pass\n", "bad.py:Well: is no model"),
    "no place": (
        "well.py",
        None,
        "plugins.model.well: 'mine/well.py' cannot be used. A plug-in is written as",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_plug_in_ends_in_one_message(project, name):
    """With its file and line, and no traceback."""
    place, text, message = BAD[name]
    write_all(project, plugins=CONFIG["plugins"] | {"model": {"well": place}})
    if text is not None:
        write(project, "bad.py", text)
    done = project.run("--dry-run", "--configfile", "mine/mine.yaml")
    assert done.returncode != 0
    assert message in done.stderr
    assert done.stderr.count("pomflow:") == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert not project.files()


def test_an_action_of_the_wrong_shape_is_refused_by_the_first_job(project):
    """It once ran, and was told to take smaller steps, because no trajectory was accepted."""
    write_all(project)
    write(project, "well.py", MODEL.replace("sum(axis=1) / 2", "sum() / 2"))
    target = "results/mine/wells/L2/plane/offset=0.8/samples.nc"
    done = project.run(target, "--configfile", "mine/mine.yaml", cores=1)
    assert done.returncode != 0
    assert "pomflow: model well: S: found number complex, allowed 3 complex. value(z): " in done.stderr
    assert not list((project.folder / "results").rglob("*.nc"))


@pytest.mark.parametrize("name", ["missing file", "wrong syntax", "no place"])
def test_what_can_be_seen_without_running_it_is_said_by_validate(project, name):
    place, text, message = BAD[name]
    write_all(project, plugins=CONFIG["plugins"] | {"model": {"well": place}})
    if text is not None:
        write(project, "bad.py", text)
    done = validate(project)
    assert done.returncode == 1
    assert message in done.stderr
