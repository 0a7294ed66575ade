"""Configurations of earlier releases in the new form: the same numbers, the same words."""

import contextlib
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from snakemake.utils import update_config

from pomflow.config import file, resolve
from pomflow.config.upgrade import refuse_old_form, upgraded
from pomflow.errors import ConfigError

ROOT = Path(__file__).parent.parent.parent
SCHEMA = resolve.load_schema(ROOT / "workflow" / "schemas" / "config.schema.yaml")

# the section of config/default.yaml as it was, over which every file was merged
DEFAULT = """
phi4:
  lattices:
    - [4, 4]
    - {shape: [8, 8], contours: [equivariant]}
  mass: 1.0
  coupling: 1.0
  mu: {start: 0.0, stop: 2.0, num: 11}
  contours: [dense]
  optimize:
    steps: 800
  hmc:
    start: ordered
    chains: 32
    trajectories: 300
  worm:
    sweeps: 5000
"""

OLD_MU = yaml.safe_load(DEFAULT)["phi4"]["mu"]

QUICK_LOOK = """# One mu in about a minute.
scan: quick_look

phi4:
  lattices: [[4, 4]]
  mu: [1.2]
  contours: [equivariant]
  hmc:
    trajectories: 200
  worm:
    sweeps: 1000
    # the phase of the plane is an integral over mu; a coarse grid is enough for a first look
    spacing: 0.2

ising:
  enabled: false
"""

QUICK_LOOK_NOW = """# One mu in about a minute.
scan: quick_look

studies:
  phi4:
    model: complex_phi4
    lattices: [[4, 4]]
    parameters:
      mass: 1.0
      coupling: 1.0
    over:
      mu: [1.2]
    contours: [equivariant]
    hmc:
      trajectories: 200
      start: ordered
      chains: 32
    worm:
      sweeps: 1000
      # the phase of the plane is an integral over mu; a coarse grid is enough for a first look
      spacing: 0.2
    optimize: {steps: 800}

ising:
  enabled: false
"""

OLD = {
    "quick look": QUICK_LOOK,
    "free theory": """
scan: free_theory
phi4:
  lattices: [[4, 4], [8, 4]]
  mass: 1.0
  coupling: 0.0
  mu: [0.0, 0.3, 0.6, 0.9]
  contours: [linear, equivariant]
lessons:
  enabled: false
""",
    "volumes": """
phi4:
  lattices: [[4, 4], [8, 8], [12, 12], {shape: [16, 16], contours: [linear]}]
  mu: [0.4, 0.8]
  contours: [linear, equivariant]
  curriculum: [[12, 12]]
  plane: {start: ordered}
  hmc: {start: hot, chains: 32, trajectories: 600}
""",
    "restart": """
phi4:
  # strong
  coupling: 4.0  # very

  contours: [dense]
  optimize:
    learning_rate: 0.05
    restart: true
""",
    "deeper": "phi4:   # a theory\n      mu: {num: 5}  # five\n      hmc: {}\n      worm: {chains: 9}\n",
    "in braces": "phi4: {mu: [0.4], hmc: {chains: 16}}  # short\nscan: x\n",
    "all in braces": '{"scan": "x", "phi4": {"mu": [0.4]}}',
    "nothing given": "phi4: {}\n",
    "quoted": '"phi4":\n  "mu": [0.5]\n',
    "in the middle": "scan: x\n\n# above\nphi4:\n  mass: 2.0\n# below\nseed: 3\n",
    "several lines": "phi4:\n  mu: [0.1,\n    0.2]\n  lattices:\n  - [4, 4]\n  - [6,\n     6]\n",
    "a comma too many": "phi4:\n  hmc: {chains: 16,}\n",
    "default": DEFAULT,
}


def as_before(text: str) -> dict:
    """What an earlier release made of a file, written as a study."""
    config = yaml.safe_load(DEFAULT)
    update_config(config, yaml.safe_load(text))
    section = config.pop("phi4")
    study = {
        "model": "complex_phi4",
        "parameters": {name: section.pop(name) for name in ("mass", "coupling")},
        "over": {"mu": section.pop("mu")},
    }
    return config | {"studies": {"phi4": study | section}}


@pytest.mark.parametrize("name", OLD)
def test_the_same_scan_results(name):
    new = yaml.safe_load(upgraded(OLD[name]))
    assert resolve.resolve(new, SCHEMA) == resolve.resolve(as_before(OLD[name]), SCHEMA)


def test_a_file_keeps_its_words_and_lines():
    assert upgraded(QUICK_LOOK) == QUICK_LOOK_NOW


@pytest.mark.parametrize("name", OLD)
def test_no_comment_is_lost(name):
    def comments(text):
        return sorted(line.partition("#")[2] for line in text.splitlines() if "#" in line)

    assert comments(upgraded(OLD[name])) == comments(OLD[name])


def test_comments_move_with_their_keys():
    lines = [line.strip() for line in upgraded(OLD["restart"]).splitlines()]
    assert lines[lines.index("# strong") + 1] == "coupling: 4.0  # very"
    assert lines.index("parameters:") < lines.index("# strong") < lines.index("over:")
    around = upgraded(OLD["in the middle"])
    assert around.startswith("scan: x\n\n# above\nstudies:\n  phi4:\n    model: complex_phi4\n")
    assert around.endswith("\n# below\nseed: 3\n")


def test_the_result_is_not_upgraded_again():
    with pytest.raises(ConfigError, match="there is no such section"):
        upgraded(upgraded(QUICK_LOOK))


@pytest.mark.parametrize("section", [None, 3, {}, {"mu": [0.4], "mass": 2.0}, {"mu": [0.1] * 1000}])
def test_the_old_form_is_refused_in_one_message_that_shows_the_new_one(section):
    with pytest.raises(ConfigError) as caught:
        refuse_old_form({"phi4": section})
    message = str(caught.value)
    assert message.startswith("phi4: ")
    assert "`python -m pomflow upgrade FILE`" in message
    assert len(message) < 600
    shown = yaml.safe_load(message.partition("writes it: ")[2].rstrip(".").replace(", ...", ""))
    if isinstance(section, dict) and len(section.get("mu", [])) < 1000:
        assert resolve.resolve(shown, SCHEMA)["studies"]["phi4"]["parameters"]["coupling"] == 1.0
        assert shown["studies"]["phi4"]["over"]["mu"] == section.get(
            "mu", {"start": 0.0, "stop": 2.0, "num": 11}
        )


values = {
    "mass": ["1", "2.0  # two", "{}"],
    "coupling": ["0.5", "[]"],
    "mu": ["[0.4]", "{num: 3}", "\n  - 0.4\n  - 0.6", "\n    stop: 1 # c", "1"],
    "lattices": ["[[4, 4]]", "\n  - [4, 4]\n\n  # c\n  - [6, 6]"],
    "hmc": ["{}", "{chains: 8}", "\n      # c\n      chains: 8", "\n    trajectories: 100\n    # c", ""],
    "worm": ["{\n    chains: 9 }", "\n    sweeps:\n      300"],
    "plane": ["{start: hot}", "\n    start: |-\n      hot\n\n"],
    "contours": ["[linear]", "\n    [linear, # c\n    dense]", "\n  - linear"],
}
entries = st.fixed_dictionaries({}, optional={key: st.sampled_from(texts) for key, texts in values.items()})
between = st.sampled_from(["", "\n", "  # c\n", "# c\n", "    # c\n"])


@given(entries, between, between)
def test_any_section_gives_the_same_scan_or_is_refused_in_words(section, before, after):
    text = "phi4:\n" + "".join(f"{before}  {key}: {value}\n{after}" for key, value in section.items())
    with contextlib.suppress(ConfigError):
        new = resolve.resolve(yaml.safe_load(upgraded(text)), SCHEMA)
        assert new == resolve.resolve(as_before(text), SCHEMA)


def test_the_upgraded_file_is_read_strictly(tmp_path):
    path = tmp_path / "my.yaml"
    for text in OLD.values():
        path.write_text(upgraded(text))
        assert "studies" in file.load(path)
