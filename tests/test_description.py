"""What a job is told goes through a command of the shell, however many files it names."""

import subprocess

import pytest

from pomflow.jobs import description

FILES = ("observables.nc", "quantities.nc", "samples.nc", "contour.nc")


def table_of(points: int) -> dict:
    """What the job of a table with so many points is told."""
    folders = [f"results/grid/phi4/L4x4/linear/mu=1.{k:010d},coupling=0.5789473684" for k in range(points)]
    return {"inputs": {name: [f"{folder}/{name}" for folder in folders] for name in FILES}, "outputs": {}}


def through_a_shell(line: str) -> str:
    command = f"printf '%s\\n' '{line}'"
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True).stdout


def test_a_short_description_is_plain_json():
    line = description.line_of(table_of(3))
    assert line.startswith('{"inputs": {"observables.nc": ["results/grid/phi4')
    assert description.read(line) == table_of(3)


@pytest.mark.parametrize("points", [600, 4000, 40000])
def test_two_descriptions_of_many_points_go_through_a_shell(points, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    job = table_of(points)
    line = description.line_of(job)
    assert line == description.line_of(table_of(points))
    first, second = through_a_shell(f"{line} {line}").split()
    assert description.read(first) == description.read(second) == job


def test_plain_json_of_so_many_points_would_not():
    job = table_of(600)
    with pytest.raises(OSError, match="Argument list too long"):
        through_a_shell(str(job).replace("'", '"'))
