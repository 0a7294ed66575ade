"""Bad config files: one message with the file, the line and a remedy, whatever the bytes."""

import contextlib
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pomflow.config import file as config_file
from pomflow.config import resolve as config
from pomflow.errors import ConfigError

ROOT = Path(__file__).parent.parent
SCHEMA = config.load_schema(ROOT / "workflow" / "schemas" / "config.schema.yaml")
GOOD = (ROOT / "config" / "default.yaml").read_bytes()

# what the file holds, the line that is named (None: no line), a part of the message
BAD = {
    "empty": (b"", None, "is empty. Write 'key: value' lines"),
    "only a comment": (b"# later\n", None, "is empty"),
    "only a null": (b"null\n", None, "is empty"),
    "a list": (b"- seed\n- 3\n", None, "has no keys at top level"),
    "a word": (b"seed\n", None, "has no keys at top level"),
    "open bracket": (b"scan: x\nphi4: {mu: [1, 2\nseed: 3\n", 3, "expected ',' or ']'"),
    "open quote": (b'scan: "x\n', 2, "unexpected end of stream"),
    "tab": (b"phi4:\n\tmu: [1]\n", 2, "cannot start any token"),
    "no space after the colon": (b"scan:x\nseed: 3\n", 2, "mapping values are not allowed here"),
    "bad indentation": (b"phi4:\n    mass: 1\n  coupling: 1\n", 3, "expected <block end>"),
    "key twice": (b"seed: 1\nscan: a\nseed: 2\n", 3, "'seed' was given before, in line 1. Keep one"),
    "key twice in a section": (b"phi4:\n  mu: [1]\n  mu: [2]\n", 3, "'mu' was given before, in line 2"),
    "section twice": (b"phi4: {mass: 1}\nphi4: {coupling: 1}\n", 2, "'phi4' was given before"),
    "alias": (b"phi4:\n  plane: &a {chains: 8}\n  hmc: *a\n", 3, "an alias (*name) is not read here"),
    "circle": (b"phi4: &a [*a]\n", 1, "an alias"),
    "number for a key": (b"1: 2\n", 1, "the key 1 is not a text"),
    "yes for a key": (b"yes: 2\n", 1, "the key True is not a text"),
    "list for a key": (b"? [1]\n: 3\n", 1, "the key [1] is not a text"),
    "a program": (b"seed: !!python/object/apply:os.getpid []\n", 1, "could not determine a constructor"),
    "no such date": (b"scan: 2020-13-45\n", 1, "'2020-13-45' cannot be read"),
    "5000 digits": (b"seed: " + b"9" * 5000, 1, "cannot be read"),
    "words for a number": (b"seed: !!int many\n", 1, "'many' cannot be read"),
    "nothing for a number": (b'seed: !!int ""\n', 1, "'' cannot be read"),
    "base 60": (b"scan: a\nseed: 1:30\n", 2, "'1:30' is read by YAML as another number. Write it in decimal"),
    "base 60 with a point": (b"seed: 1\nx: [1:30.5]\n", 2, "'1:30.5' is read by YAML as another number"),
    "base 8": (b"seed: 0777\n", 1, "'0777' is read by YAML as another number"),
    "words for a date": (b"seed: !!timestamp now\n", 1, "'now' cannot be read"),
    "words for yes": (b"seed: !!bool perhaps\n", 1, "'perhaps' cannot be read"),
    "3000 brackets": (b"seed: " + b"[" * 3000, None, "is not YAML (maximum recursion depth"),
    "two documents": (b"seed: 1\n---\nseed: 2\n", 2, "found another document"),
    "zero byte": (b'scan: "\0"\n', None, "is not YAML (unacceptable character"),
    "Latin-1": ("scan: été\n".encode("latin-1"), None, "is not text in UTF-8. Save it as UTF-8."),
    "UTF-16": ("seed: 3\n".encode("utf-16"), None, "is not text in UTF-8"),
    "a picture": (b"\x89PNG\r\n\x1a\n", None, "is not text in UTF-8"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_file_names_the_line_and_the_remedy(name, tmp_path):
    content, line, message = BAD[name]
    path = tmp_path / "my.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        config_file.load(path)
    assert caught.value.where == (f"{path}, line {line}" if line else str(path))
    assert message in str(caught.value)
    assert caught.value.remedy
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400 + len(str(path))


def test_missing_file_and_folder(tmp_path):
    for path in (tmp_path / "none.yaml", tmp_path, tmp_path / "none" / "my.yaml"):
        with pytest.raises(ConfigError, match="cannot be read"):
            config_file.load(path)


STUDY = "studies.phi4"


def study(more: str = "network: {}", lattices: str = "[[4, 4]]", over: str = "{mu: [0.5]}") -> str:
    """The text of a small study with one more entry."""
    return f"studies: {{phi4: {{model: complex_phi4, lattices: {lattices}, over: {over}, {more}}}}}"


# what YAML makes of values that look right, field and hint
MISREAD = {
    "seed: 0x" + "f" * 5000: ("seed", "too large. It must be at most 9223372036854775807"),
    "seed: !!set {a}": ("seed", "is not of type integer"),
    "scan: 2020-01-01": ("scan", "is not of type string"),
    "scan: été": ("scan", "letters, digits, '-' and '_'"),
    "scan: ../../etc": ("scan", "letters, digits, '-' and '_'"),
    "scan: 12": ("scan", "12 is not of type string. Write it in quotes: '12'."),
    "scan: 1e5.": ("scan", "letters, digits, '-' and '_'"),
    study("optimize: {steps: 1e3}"): (f"{STUDY}.optimize.steps", "not of type integer. Write it as 1000."),
    study("parameters: {mass: '1.e-9 '}"): (
        f"{STUDY}.parameters.mass",
        "Write it as 1.0e-09, without quotes",
    ),
    study("parameters: {mass: '2'}"): (f"{STUDY}.parameters.mass", "Write it as 2.0"),
    study("parameters: {mass: .nan}"): (f"{STUDY}.parameters.mass", "nan is not a finite number"),
    study(over="{mu: [0.1, .inf]}"): (f"{STUDY}.over.mu[1]", "inf is not a finite number"),
    study(over="{mu: [0.3, 3.0e-1]}"): (f"{STUDY}.over.mu", "0.3 appears twice"),
    study(over="{mu: [0.3, 3e-1]}"): (f"{STUDY}.over.mu", "0.3 appears twice"),
    study(over="{mu: {start: 0, stop: 1, num: 1000000}}"): (f"{STUDY}.over.mu.num", "at most 10000"),
    study(lattices="[[100000, 4]]"): (f"{STUDY}.lattices[0][0]", "at most 10000"),
    study("contours: [плоскость]"): (f"{STUDY}.contours", "Known contours"),
    study("warm_start: {enabled: maybe}"): (f"{STUDY}.warm_start.enabled", "not of type boolean"),
    study("hmc: {chains: 1" + "0" * 30 + "}"): (f"{STUDY}.hmc.chains", "too large"),
    study(f"parameters: {{mass: {'x' * 5000}}}"): (f"{STUDY}.parameters.mass", "xxx... is not a number"),
    "studies:": ("studies", "None is not of type object"),
    "studies: {phi4: }": (STUDY, "None is not of type object"),
    "study: {}": ("study", "Did you mean 'studies'?"),
    "phi4: {mass: 1}": ("phi4", "this section is now a study"),
    "Seed: 3": ("Seed", "Did you mean 'seed'?"),
    "ising: {enable: true}": ("ising.enable", "Did you mean 'enabled'?"),
    "lesson: {enabled: false}": ("lesson", "Did you mean 'lessons'?"),
}


@pytest.mark.parametrize("text", MISREAD, ids=range(len(MISREAD)))
def test_values_that_yaml_reads_otherwise_than_meant(text, tmp_path):
    field, hint = MISREAD[text]
    path = tmp_path / "my.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        config.resolve(config_file.load(path), SCHEMA)
    assert caught.value.where == field
    assert hint in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path):
    path = tmp_path / "my.yaml"
    path.write_text("seed: 3\n", encoding="utf-8-sig")
    assert config_file.load(path) == {"seed": 3}


def test_every_config_file_is_read_as_before():
    for path in (ROOT / "config").rglob("*.yaml"):
        assert config_file.load(path) == yaml.safe_load(path.read_text(encoding="utf-8"))


def resolved_or_refused(content: bytes, path: Path):
    path.write_bytes(content)
    with contextlib.suppress(ConfigError):
        config.resolve(config_file.load(path), SCHEMA)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz") / "my.yaml"


@given(content=st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_read_or_refused_in_words(content, file):
    resolved_or_refused(content, file)


@given(st.text(alphabet="seedcanphi4mustudieover:{}[]!&*?<>|-'\"%@,.0159 \n\t#", max_size=60))
def test_any_punctuation_is_read_or_refused_in_words(file, text):
    resolved_or_refused(text.encode(), file)


@given(place=st.integers(0, 8 * len(GOOD) - 1))
def test_a_flipped_bit_of_the_default_file_is_read_or_refused_in_words(place, file):
    content = bytearray(GOOD)
    content[place // 8] ^= 1 << place % 8
    resolved_or_refused(bytes(content), file)


@given(length=st.integers(0, len(GOOD)))
def test_a_truncated_default_file_is_read_or_refused_in_words(length, file):
    resolved_or_refused(GOOD[:length], file)


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def test_sections_are_merged_key_by_key_in_the_order_of_the_files(tmp_path):
    default = written(tmp_path, "default.yaml", "seed: 1\nscan: a\nising: {enabled: true, chains: 4}\n")
    first = written(tmp_path, "first.yaml", "seed: 2\nising: {chains: 8}\n")
    second = written(tmp_path, "second.yaml", "seed: 3\n")
    assert config_file.merged(default, [first, second], {"scan": "b"}) == {
        "seed": 3,
        "scan": "b",
        "ising": {"enabled": True, "chains": 8},
    }


def test_the_studies_of_a_file_take_the_place_of_those_of_the_default(tmp_path):
    """No study of the default joins them, and none lends a study of the same name its settings."""
    default = written(tmp_path, "default.yaml", "studies: {phi4: {model: a, hmc: {chains: 4}}, old: {}}\n")
    mine = written(tmp_path, "mine.yaml", "studies: {phi4: {model: b}}\n")
    more = written(tmp_path, "more.yaml", "studies: {phi4: {hmc: {chains: 8}}, other: {model: c}}\n")
    assert config_file.merged(default, [mine])["studies"] == {"phi4": {"model": "b"}}
    assert config_file.merged(default, [mine, more])["studies"] == {
        "phi4": {"model": "b", "hmc": {"chains": 8}},
        "other": {"model": "c"},
    }
    assert config_file.merged(default, [], {"studies": {}})["studies"] == {}
    seed = written(tmp_path, "seed.yaml", "seed: 3\n")
    assert config_file.merged(default, [seed])["studies"].keys() == {"phi4", "old"}


def test_plug_ins_are_relative_to_the_file_that_names_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    default = written(tmp_path, "default.yaml", "seed: 1\n")
    mine = written(tmp_path, "configs/mine.yaml", "plugins: {model: {own: ../models/own.py:Own}}\n")
    more = written(tmp_path, "more.yaml", "plugins: {contour: {bent: bent.py:Bent}}\n")
    expected = {"model": {"own": "models/own.py:Own"}, "contour": {"bent": "bent.py:Bent"}}
    assert config_file.merged(default, [mine, more])["plugins"] == expected
    repeated = {"plugins": {"model": {"own": "../models/own.py:Own"}}}
    assert config_file.merged(default, [mine, more], repeated)["plugins"] == expected


def test_files_name_their_scan_and_what_is_given_alone_need_not(tmp_path):
    named = written(tmp_path, "named.yaml", "scan: mine\n")
    nameless = written(tmp_path, "nameless.yaml", "seed: 3\n")
    for paths, given_too in (
        ([], {}),
        ([], {"seed": 3}),
        ([named, nameless], {}),
        ([nameless], {"scan": "a"}),
    ):
        config_file.require_scan(paths, given_too)
    with pytest.raises(ConfigError, match=r"nameless\.yaml: scan: the scan has no name.*results/NAME"):
        config_file.require_scan([nameless], {"seed": 3})


def test_what_is_given_on_the_command_line_is_read_as_in_a_file():
    """Snakemake reads the values themselves, and leaves the parts of sections and lists as texts."""
    of_snakemake = {
        "scan": "2024x",
        "seed": 3,
        "studies": {"phi4": {"lattices": [["4", "4"]], "contours": ["dense"], "worm": {"enabled": "false"}}},
        "checkpoint": {"seconds": "0.5"},
    }
    assert config_file.as_written(of_snakemake) == {
        "scan": "2024x",
        "seed": 3,
        "studies": {"phi4": {"lattices": [[4, 4]], "contours": ["dense"], "worm": {"enabled": False}}},
        "checkpoint": {"seconds": 0.5},
    }
    with pytest.raises(ConfigError, match=r"batch\.a\[1\]: '1:30' is read by YAML as another number"):
        config_file.as_written({"batch": {"a": ["1", "1:30"]}})
