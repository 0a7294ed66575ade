"""Bad files of results: one message with the file, what is wrong and a remedy; never a wrong number."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import example, given
from hypothesis import strategies as st

from pomflow.errors import StoreError
from pomflow.io import netcdf, provenance
from pomflow.lattice import Lattice
from pomflow.models.ising.model import Ising
from pomflow.stages.scan import measure_observables, sample_contour
from pomflow.stages.scan.point import Point, read_samples, read_theta
from pomflow.studies.ising.dataset import Configurations

PARAMS = {"study": "phi4", "model": "complex_phi4", "lattice": "4x4", "point": "mu=0.8", "seed": 1}
PARAMS |= {"parameters": {"mass": 1.0, "coupling": 1.0, "mu": 0.8}, "backend": "numpy"}
PARAMS |= {"contour": "linear", "network": {}, "hmc": {"thermalization": 2, "trajectories": 5}}
POINT = Point.of(PARAMS)
LINEAR = POINT.contour("linear", {})
MADE = netcdf.describe_run(PARAMS, "numpy", netcdf.Clock.start())
VARIABLES = ["x", "name"]


def contents() -> xr.Dataset:
    return xr.Dataset(
        {
            "x": (("chain", "trajectory"), np.random.default_rng(0).normal(size=(2, 30)), {"units": "1"}),
            "name": ("chain", np.array(["hot", "ordered"], object)),
        },
        attrs={"thermalization": 200},
    )


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> bytes:
    """The bytes of a good file."""
    path = tmp_path_factory.mktemp("original") / "file.nc"
    netcdf.write(contents(), path, "samples", MADE)
    return path.read_bytes()


@pytest.fixture(scope="module")
def other(tmp_path_factory) -> Path:
    """A place for a changed file."""
    return tmp_path_factory.mktemp("other") / "file.nc"


def flipped(content: bytes, place: int) -> bytes:
    changed = bytearray(content)
    changed[place // 8] ^= 1 << place % 8
    return bytes(changed)


def foreign(engine_options: dict) -> bytes:
    """A good NetCDF file that another program wrote."""
    return bytes(contents().to_netcdf(**engine_options))


DAMAGE = {
    "empty": lambda good: b"",
    "one byte": lambda good: good[:1],
    "half": lambda good: good[: len(good) // 2],
    "all but one byte": lambda good: good[:-1],
    "without the seal": lambda good: good[: good.rindex(netcdf.SEAL)],
    "a byte more": lambda good: good + b"\n",
    "two seals": lambda good: good + good[good.rindex(netcdf.SEAL) :],
    "zeros at the end": lambda good: good[:-500] + bytes(500),
    "zeros only": lambda good: bytes(len(good)),
    "an attribute changed": lambda good: good.replace(b'"mass": 1.0', b'"mass": 2.0'),
    "a text changed": lambda good: good.replace(b"ordered", b"Ordered"),
    "the seal changed": lambda good: flipped(good, 8 * len(good) - 20),
    "a table": lambda good: b"mu,density\n0,0\n",
    "a page of a proxy": lambda good: b"<html>404</html>",
    "foreign NetCDF": lambda good: foreign({"engine": "h5netcdf"}),
    "foreign NetCDF 3": lambda good: foreign({"engine": "scipy"}),
    "a pointer to a large file": lambda good: b"version https://git-lfs.github.com/spec/v1\n",
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damaged_file(name, original, other):
    content = DAMAGE[name](original)
    assert content != original
    other.write_bytes(content)
    for read in (lambda: netcdf.read(other, "samples", VARIABLES), lambda: provenance.of_file(other)):
        with pytest.raises(StoreError, match=r"file.nc: is damaged or was changed") as caught:
            read()
        assert "Delete it and run again" in caught.value.remedy


@given(content=st.binary(max_size=300))
def test_random_bytes_are_refused(content, other):
    other.write_bytes(content)
    with pytest.raises(StoreError):
        netcdf.read(other, "samples", VARIABLES)


@given(share=st.floats(0, 1, exclude_max=True))
def test_every_truncation_is_refused(share, original, other):
    other.write_bytes(original[: int(share * len(original))])
    with pytest.raises(StoreError):
        netcdf.read(other, "samples", VARIABLES)


@given(share=st.floats(0, 1, exclude_max=True))
def test_every_flipped_bit_is_refused(share, original, other):
    """Attributes, texts and the structure of HDF5 included."""
    other.write_bytes(flipped(original, int(share * 8 * len(original))))
    with pytest.raises(StoreError):
        netcdf.read(other, "samples", VARIABLES)


def test_the_file_itself_is_what_was_written(original, other):
    other.write_bytes(original)
    back = netcdf.read(other, "samples", VARIABLES)
    xr.testing.assert_identical(back.drop_attrs(), contents().drop_attrs())
    assert back.attrs["thermalization"] == 200


def test_the_end_of_a_file_says_of_what_work_it_is(original, other):
    other.write_bytes(original)
    assert netcdf.work_in(other) == netcdf.work_of(PARAMS, "") != netcdf.work_of(PARAMS | {"seed": 7}, "")
    assert netcdf.work_of(PARAMS, "") != netcdf.work_of(PARAMS, "other code")
    netcdf.write_sealed(b"1234", other)
    assert netcdf.work_in(other) is None
    other.write_bytes(b"")
    assert netcdf.work_in(other) is netcdf.work_in(other.parent / "none") is None


@given(content=st.binary(max_size=300))
@example(content=b"\xff \xfe")
@example(content=netcdf.SEAL + b"a \xfe")
def test_of_what_work_random_bytes_are_nobody_says(content, other):
    """A file that was cut off anywhere stops no run; two words at its end need not be text."""
    other.write_bytes(content)
    netcdf.work_in(other)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"seed": 7}, f"was made with seed {PARAMS['seed']}, not 7. Run the workflow again"),
        ({"parameters": {"mass": 2.0}}, "was made with mass 1.0, not 2.0."),
        ({"lattice": "2x8"}, f"was made with lattice {PARAMS['lattice']}, not 2x8"),
        ({"model": "xy"}, "was made with model complex_phi4, not xy"),
    ],
    ids=lambda given: next(iter(given)) if isinstance(given, dict) else "",
)
def test_numbers_of_another_theory_are_refused(original, other, changed, message):
    other.write_bytes(original)
    netcdf.read(other, "samples", VARIABLES, PARAMS | {"point": "elsewhere"})
    with pytest.raises(StoreError, match=re.escape(message)):
        netcdf.read(other, "samples", VARIABLES, PARAMS | changed)


def test_other_programs_read_the_file_with_its_seal(original, other):
    other.write_bytes(original)
    assert xr.load_dataset(other, engine="h5netcdf").equals(contents())
    assert xr.load_dataset(io.BytesIO(original), engine="h5netcdf").equals(contents())


def rewritten(path, kind="samples", made=None, **variables):
    """A sealed file of a stage with variables of our choice."""
    netcdf.write(xr.Dataset(variables), path, kind, MADE if made is None else made)
    return path


def samples(**changes) -> dict:
    """Variables of a file of samples on 4x4, two chains of three."""
    fields = {"field": np.zeros((2, 3, 32)), "log_modulus": np.zeros((2, 3)), "phase": np.zeros((2, 3))}
    histories = dict.fromkeys(
        ("history_log_modulus", "history_phase", "delta_h", "accepted"), np.zeros((2, 5))
    )
    values = fields | histories | changes
    return {
        name: ([f"{name}_{axis}" for axis in range(value.ndim)], value)
        for name, value in values.items()
        if value is not None
    }


def table(path):
    path.write_text("mu,density\n0,0\n")
    return path


NAN = np.array([[0, 0, np.nan], [0, 0, 0]])
WRONG = {
    "another kind": (lambda p: netcdf.read(rewritten(p, "contour"), "samples", []), "holds 'contour'"),
    "no variable": (lambda p: netcdf.read(rewritten(p), "samples", ["x", "y"]), "lacks x, y"),
    "a folder": (lambda p: netcdf.read(p.parent, "samples", []), "cannot be read (Is a directory)"),
    "a file for a folder": (
        lambda p: netcdf.read(rewritten(p) / "file.nc", "samples", []),
        "cannot be read (Not a directory)",
    ),
    "missing": (lambda p: netcdf.read(p, "samples", []), "does not exist. Run the rule"),
    "too many parameters": (
        lambda p: read_theta(
            rewritten(p, "contour", theta=("k", np.zeros(LINEAR.n_parameters + 1))), "contour", LINEAR, POINT
        ),
        f"theta has the shape ({LINEAR.n_parameters + 1},), not ({LINEAR.n_parameters},)",
    ),
    "a matrix of parameters": (
        lambda p: read_theta(
            rewritten(p, "contour", theta=(("k", "l"), np.zeros((1, 1)))), "contour", LINEAR, POINT
        ),
        "theta has the shape (1, 1)",
    ),
    "a parameter that is NaN": (
        lambda p: read_theta(
            rewritten(p, "contour", theta=("k", np.full(LINEAR.n_parameters, np.nan))),
            "contour",
            LINEAR,
            POINT,
        ),
        "theta has values that are not finite numbers",
    ),
    "no parameters": (lambda p: read_theta(rewritten(p, "network"), "network", LINEAR, POINT), "lacks theta"),
    "samples of another lattice": (
        lambda p: read_samples(rewritten(p, **samples(field=np.zeros((2, 3, 8)))), POINT),
        "field has the shape (2, 3, 8), not ('any', 'any', 32)",
    ),
    "phases of another run": (
        lambda p: read_samples(rewritten(p, **samples(phase=np.zeros((2, 4)))), POINT),
        "phase has the shape (2, 4), not (2, 3)",
    ),
    "a phase that is NaN": (
        lambda p: read_samples(rewritten(p, **samples(phase=NAN)), POINT),
        "phase has values that are not finite numbers",
    ),
    "a field that is infinite": (
        lambda p: read_samples(rewritten(p, **samples(field=np.full((2, 3, 32), np.inf))), POINT),
        "field has values that are not finite numbers",
    ),
    "samples without histories": (
        lambda p: read_samples(rewritten(p, **samples(delta_h=None)), POINT),
        "lacks delta_h",
    ),
    "spins of another lattice": (
        lambda p: Configurations.read(
            rewritten(
                p,
                "ising",
                bits=(tuple("cfb"), np.zeros((1, 2, 1), "u1")),
                energy=(tuple("cf"), np.zeros((1, 2))),
            ),
            Ising(Lattice((4, 4))),
        ),
        "bits has the shape (1, 2, 1), not ('any', 'any', 2)",
    ),
    "the table's name": (lambda p: provenance.of_file(table(p.with_suffix(".csv"))), "Name the .nc file"),
    "an empty folder": (lambda p: provenance.of_folder(p.parent), "holds no results"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_file(name, tmp_path):
    act, message = WRONG[name]
    with pytest.raises(StoreError) as caught:
        act(tmp_path / "file.nc")
    assert str(tmp_path) in caught.value.where
    assert message in str(caught.value)
    assert caught.value.remedy


def test_stages_refuse_bad_numbers_and_write_nothing(tmp_path):
    contour = rewritten(
        tmp_path / "contour.nc", "contour", theta=("parameter", np.full(LINEAR.n_parameters, np.nan))
    )
    result = tmp_path / "result.nc"
    with pytest.raises(StoreError, match=r"contour.nc: theta has values"):
        sample_contour.run({"contour": contour}, {"samples": result}, PARAMS, None)
    bad = rewritten(tmp_path / "samples.nc", **samples(phase=NAN))
    with pytest.raises(StoreError, match=r"samples.nc: phase has values"):
        measure_observables.run({"samples": bad, "contour": contour}, {"observables": result}, PARAMS)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["contour.nc", "samples.nc"]
