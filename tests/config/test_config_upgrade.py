"""Configurations of earlier releases: upgraded they describe the same scan, and are refused otherwise."""

import copy
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pomflow.config import file, resolve, scan
from pomflow.config.upgrade import OLD_DEFAULT, refuse_old_form, upgraded
from pomflow.errors import ConfigError

ROOT = Path(__file__).parents[2]
SCHEMA = resolve.load_schema(ROOT / "workflow/schemas/config.schema.yaml")


def merged(base: dict, over: dict) -> dict:
    """Sections merged key by key, written here once more."""
    result = copy.deepcopy(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else copy.deepcopy(value)
    return result


def meant(old: dict) -> dict:
    """The study that an old file described, which was read over the old default: written out by hand."""
    section = merged(OLD_DEFAULT, old["phi4"])
    moved = {
        "model": "complex_phi4",
        "parameters": {"mass": section.pop("mass"), "coupling": section.pop("coupling")},
        "over": {"mu": section.pop("mu")},
    }
    return {key: value for key, value in old.items() if key != "phi4"} | {
        "studies": {"phi4": section | moved}
    }


def test_the_old_default_is_that_of_the_last_release():
    """The scan of a file that says nothing of the theory, as it was run."""
    study = scan.Study("phi4", resolve.resolve(meant({"phi4": {}}), SCHEMA)["studies"]["phi4"])
    assert study.pairs == [("4x4", "dense"), ("8x8", "equivariant")]
    assert study.points[0] == "mu=0"
    assert study.points[-1] == "mu=2"
    assert len(study.points) == 11
    assert study.fixed == {"mass": 1.0, "coupling": 1.0}


OLD = {
    "line by line": """\
# my scan
scan: mine
seed: 7

phi4:
  # heavier than usual
  mass: 2.0
  lattices:
    - [4, 4]  # the published one
    - {shape: [8, 8], contours: [equivariant]}
  mu: [0.0, 0.4, 0.8]  # below the onset
  hmc:
    # many chains
    chains: 64

# no spins
ising:
  enabled: false
""",
    "all moved, in another order": """\
phi4:
  mu: {start: 0, stop: 1, num: 3}
  coupling: 0.5
  contours: [plane]
  mass: 1.5
seed: 3
""",
    "in braces": "scan: mine  # of a friend\nphi4: {mass: 2.0, mu: [0.1, 0.2], hmc: {chains: 64}}\nseed: 3\n",
    "in braces over lines": "phi4: {\n  mass: 2.0,  # heavy\n  mu: [0.1]\n}\nlessons: {enabled: false}\n",
    "sections in braces": "phi4:\n  hmc: {chains: 64}  # many\n  worm: {}\n  optimize: {steps: 5}\n",
    "deeper sections": "phi4:\n    worm:\n        sweeps: 200\n        chains: 8\n    hmc: {chains: 8}\n",
    "a list over lines": "phi4:\n  mu:\n  - 0.1\n  - 0.2\n  lattices:\n  - - 4\n    - 4\n  plane: {}\n",
    "one line": "phi4: {coupling: 2}",
    "nothing given": "phi4: {}\nseed: 3\n",
    "without a last line break": "seed: 3\nphi4:\n  mass: 2.0",
    "with everything switched": """\
phi4:
  warm_start: {enabled: false}
  worm:
    enabled: false
  compare: {enabled: true}
  langevin: {steps: 500, record_every: 5}
  curriculum: [[2, 2]]
  plane: {chains: 16}
  natural_gradient: {steps: 10}
  network: {hidden_ratio: 2.0}
""",
}


@pytest.mark.parametrize("name", OLD)
def test_an_upgraded_file_describes_the_same_scan(name):
    old = OLD[name]
    new = yaml.safe_load(upgraded(old))
    expected = meant(yaml.safe_load(old))
    assert resolve.resolve(new, SCHEMA) == resolve.resolve(expected, SCHEMA)
    assert list(new) == ["studies" if key == "phi4" else key for key in yaml.safe_load(old)]


@pytest.mark.parametrize("name", OLD)
def test_an_upgraded_file_is_the_same_scan_over_any_default(name, tmp_path):
    """Nothing of config/default.yaml is missing in it: a study is read as it stands."""
    path = tmp_path / "my.yaml"
    path.write_text(upgraded(OLD[name]))
    found = resolve.resolve(file.merged(ROOT / "config/default.yaml", [path]), SCHEMA)["studies"]
    assert found == resolve.resolve(meant(yaml.safe_load(OLD[name])), SCHEMA)["studies"]


@pytest.mark.parametrize("name", OLD)
def test_an_upgraded_file_is_not_upgraded_again(name):
    with pytest.raises(ConfigError, match="Nothing is to be upgraded"):
        upgraded(upgraded(OLD[name]))


def test_comments_and_layout_are_kept():
    assert (
        upgraded(OLD["line by line"])
        == """\
# my scan
scan: mine
seed: 7

studies:
  phi4:
    model: complex_phi4
    lattices:
      - [4, 4]  # the published one
      - {shape: [8, 8], contours: [equivariant]}
    parameters:
      # heavier than usual
      mass: 2.0
      coupling: 1.0
    over:
      mu: [0.0, 0.4, 0.8]  # below the onset
    contours: [dense]
    hmc:
      # many chains
      chains: 64
      start: ordered
      trajectories: 300
    optimize: {steps: 800}
    worm: {sweeps: 5000}

# no spins
ising:
  enabled: false
"""
    )


def test_what_stands_outside_of_a_section_in_braces_is_kept():
    new = upgraded(OLD["in braces"])
    assert new.startswith("scan: mine  # of a friend\nstudies:\n")
    assert new.endswith("\nseed: 3\n")
    assert upgraded(OLD["in braces over lines"]).endswith("\nlessons: {enabled: false}\n")
    assert "hmc: {chains: 64, start: ordered, trajectories: 300}  # many" in upgraded(
        OLD["sections in braces"]
    )


comment = st.sampled_from(["", "  # why", "  #"])
line = st.sampled_from(
    [
        "mass: 2.0",
        "coupling: 0.5",
        "mu: [0.1, 0.2]",
        "contours: [plane]",
        "lattices: [[2, 2]]",
        "hmc: {chains: 8}",
        "hmc:\n    chains: 8",
        "worm:\n    enabled: false\n    # at the end of it",
        "optimize: {}",
        "plane:\n    chains: 8\n    # few\n    thermalization: 5",
    ]
)
between = st.sampled_from(["", "\n", "  # about what follows\n", "# at the margin\n"])


@settings(max_examples=40)
@given(
    entries=st.lists(
        st.tuples(between, line, comment), min_size=1, unique_by=lambda one: one[1].split(":")[0]
    ),
    before=st.sampled_from(["", "seed: 3\n", "# first\nseed: 3\n\n"]),
    after=st.sampled_from(["", "\n", "\n# next\nscan: a\n", "scan: a\n"]),
)
def test_any_old_file_is_upgraded_with_its_scan_and_its_comments(entries, before, after):
    section = "".join(f"{above}  {text}{behind}\n" for above, text, behind in entries)
    old = f"{before}phi4:\n{section}{after}"
    new = upgraded(old)
    expected = meant(yaml.safe_load(old))
    assert resolve.resolve(yaml.safe_load(new), SCHEMA) == resolve.resolve(expected, SCHEMA)
    for words in (
        "# why",
        "# about what follows",
        "# at the margin",
        "# at the end of it",
        "# few",
        "# next",
        "# first",
    ):
        assert new.count(words) == old.count(words)


# --- what is not upgraded -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed: 3\n", "phi4: there is no such section. Nothing is to be upgraded here."),
        ("studies: {}\n", "phi4: there is no such section"),
        ("phi4: {}\nstudies: {}\n", "phi4: is given beside 'studies', which takes its place. Move phi4"),
        ("phi4:\n", "phi4: None is not a section. Give it keys, or drop it."),
        ("phi4: [3]\n", "is not a section"),
    ],
)
def test_what_is_no_old_file_is_refused(text, message):
    with pytest.raises(ConfigError) as caught:
        upgraded(text)
    assert message in str(caught.value)


def test_an_old_section_is_refused_with_one_message_that_shows_the_new_form():
    old = {"phi4": {"mass": 2.0, "mu": [0.1, 0.2]}}
    with pytest.raises(ConfigError) as caught:
        resolve.resolve(old, SCHEMA)
    message = str(caught.value)
    assert message.startswith(
        "phi4: this section is now a study. `python -m pomflow upgrade FILE` writes it: "
    )
    assert "\n" not in message
    shown = yaml.safe_load(caught.value.remedy.partition("writes it: ")[2].rstrip(".").replace(", ...", ""))
    study = resolve.resolve(meant(old), SCHEMA)["studies"]["phi4"]
    head = {key: study[key] for key in ("model", "lattices", "parameters", "over", "contours")}
    assert shown == {"studies": {"phi4": head}}


@pytest.mark.parametrize("section", [None, 3, [], {"mu": [k / 1000 for k in range(1000)]}, {"mu": "high"}])
def test_any_old_section_is_refused_in_a_short_message(section):
    with pytest.raises(ConfigError) as caught:
        refuse_old_form({"phi4": section})
    assert caught.value.where == "phi4"
    assert "studies: {phi4: {" in caught.value.remedy
    assert len(str(caught.value)) < 600


def test_an_old_section_is_refused_beside_studies_too():
    both = meant({"phi4": {}}) | {"phi4": {"mass": 2.0}}
    with pytest.raises(ConfigError, match="this section is now a study"):
        resolve.resolve(both, SCHEMA)
