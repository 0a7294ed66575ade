"""Tables in LaTeX and Markdown: they parse, say what scan.csv says, and mark what failed a gate."""

import itertools
import re

import numpy as np
import pytest
from matplotlib.mathtext import MathTextParser

from pomflow import registry
from pomflow.config.scan import Study
from pomflow.models.observables import observable
from pomflow.report import typeset
from pomflow.report.values import tex_symbols
from pomflow.stages.scan.typeset_table import run
from scan_tables import PHI4, Tilted, phi4, scan_table, tilted, two_axes

WHERE = ("4x4", "dense")
UNESCAPED = r"(?<!\\)"


def parsed_latex(text: str) -> list[list[str]]:
    """The cells of a tabular; every row has as many as there are columns, and all mathematics can be read."""
    body = [line for line in text.splitlines() if not line.startswith("%")]
    columns = re.fullmatch(r"\\begin\{tabular\}\{([lr]+)\}", body[0])[1]
    assert body[-1] == r"\end{tabular}"
    assert [place for place, line in enumerate(body) if line == r"\hline"] == [1, 3, len(body) - 2]
    rows = []
    for line in body[1:-1]:
        if line != r"\hline":
            assert line.endswith(r" \\")
            rows.append([cell.strip() for cell in re.split(UNESCAPED + "&", line.removesuffix(r" \\"))])
    assert {len(row) for row in rows} == {len(columns)}
    # pdflatex knows no other letters
    assert text.isascii()
    for cell in itertools.chain(*rows):
        mathematics = re.split(UNESCAPED + r"\$", cell)
        assert len(mathematics) % 2 == 1, cell
        for part in mathematics[1::2]:
            MathTextParser("path").parse(f"${part}$")
        for part in mathematics[::2]:
            assert not re.search(UNESCAPED + r"[&%#_{}^~]", part), cell
    return rows


def parsed_markdown(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("|")]
    rows = [re.split(UNESCAPED + r"\|", line)[1:-1] for line in lines]
    assert len({len(row) for row in rows}) == 1
    assert all(re.fullmatch(r" (:--|--:) ", cell) for cell in rows[1])
    return [[cell.strip() for cell in row] for row in (rows[0], *rows[2:])]


def both(table, study):
    return (
        parsed_latex(typeset.latex(table, study, *WHERE, "scan.csv")),
        parsed_markdown(typeset.markdown(table, study, *WHERE)),
    )


def test_phi4():
    table = scan_table(phi4())
    table.loc[1, ["density", "density_err"]] = -0.0071, 0.0012
    latex, markdown = both(table, phi4())
    squared = r"$\langle\varphi_a\varphi_a\rangle$"
    phases = [r"$\mathrm{APF}_0$", r"$\mathrm{APF}$"]
    assert latex[0] == [r"$\mu$", *phases, "$n$", "exact", "pull", squared, "exact", "pull", "status"]
    heads = ["μ", "APF₀", "APF", "n", "exact", "pull", "⟨φ_aφ_a⟩", "exact", "pull", "status"]
    assert markdown[0] == heads
    assert latex[2][3:6] == ["$-0.0071(12)$", "$0.51$", "$-1.0$"]
    assert markdown[2][3:6] == ["−0.0071(12)", "0.51", "−1.0"]
    assert [row[-1] for row in latex[1:]] == ["ok"] * 3


def test_axes_are_written_as_points_are_named():
    study = phi4(over={"mu": [-0.1, 0.123456789, 100000.0]})
    latex, markdown = both(scan_table(study), study)
    assert [row[0] for row in latex[1:]] == ["$-0.1$", "$0.123456789$", "$100000$"]
    assert [row[0] for row in markdown[1:]] == ["−0.1", "0.123456789", "100000"]
    latex, _ = both(scan_table(two_axes()), two_axes())
    assert latex[0][:2] == [r"$\mu$", r"$\lambda$"]


def test_a_value_behind_a_failed_gate_is_marked_and_an_exact_one_is_not():
    table = scan_table(phi4())
    table.loc[1, "status"], table.loc[2, "status0"] = "dh_balance", "apf"
    text = typeset.latex(table, phi4(), *WHERE, "scan.csv")
    latex, markdown = both(table, phi4())
    assert latex[0][-2:] == ["status", r"$\mathrm{status}_0$"]
    assert latex[2][1:6] == ["$0.500(10)$", *[r"$0.500(10)^\dagger$"] * 2, "$0.51$", r"$-1.0^\dagger$"]
    assert latex[2][-2:] == [r"dh\_balance", "ok"]
    assert latex[3][1:3] == [r"$0.500(10)^\dagger$", "$0.500(10)$"]
    assert markdown[2][2] == "0.500(10) †"
    assert r"% $\dagger$: the value is behind a failed gate" in text
    assert "dagger" not in typeset.latex(scan_table(phi4()), phi4(), *WHERE, "scan.csv")


def test_what_is_unknown_is_a_dash_and_has_no_mark():
    table = scan_table(phi4())
    numbers = table.columns.drop(["mu", "status", "status0"])
    table.loc[1, numbers] = np.nan
    table.loc[1, "status"] = "diverged"
    latex, markdown = both(table, phi4())
    assert set(latex[2][1:-1]) == {"--"}
    assert set(markdown[2][1:-1]) == {"–"}


def test_columns_of_which_nothing_is_known_are_left_out():
    table = scan_table(phi4()).assign(density_exact=np.nan, density_exact_err=np.nan, density_pull=np.nan)
    latex, _ = both(table, phi4())
    assert latex[0].count("exact") == latex[0].count("pull") == 1


def test_a_theory_with_a_complex_partition_function(monkeypatch):
    """Moduli of the phases, and names of observables without a symbol."""
    study = tilted(monkeypatch)
    latex, markdown = both(scan_table(study), study)
    assert latex[0][:3] == [r"$\theta$", r"$|\mathrm{APF}_0|$", r"$|\mathrm{APF}|$"]
    assert r"$\mathrm{odd\_part}$" in latex[0]
    assert r"\|APF\|" in markdown[0]
    assert r"$\mathrm{Im}\,\sigma_z$" not in latex[0]
    # the modulus of 0.5 + 0.5 i
    assert latex[1][2] == "$0.707(10)$"


@pytest.mark.parametrize("symbol", ["a & b", "50%", r"x \\ y", "{q", "q}{", "φ²", "a$b", "#1", "a\nb"])
def test_a_symbol_that_would_break_a_table_gives_way_to_the_name(monkeypatch, symbol):
    class Odd(Tilted):
        @observable("slant of everything", symbol=symbol)
        def slant(self, point):
            return point.z.mean(axis=1)

    monkeypatch.setattr("scan_tables.Tilted", Odd)
    study = tilted(monkeypatch)
    assert tex_symbols(study)["slant"] == r"\mathrm{slant}"
    parsed_latex(typeset.latex(scan_table(study), study, *WHERE, "scan.csv"))


@pytest.mark.parametrize("power", [-12, 9])
def test_powers_of_ten(power):
    table = scan_table(phi4())
    table["density"], table["density_err"] = -1.5 * 10.0**power, 0.25 * 10.0**power
    latex, markdown = both(table, phi4())
    assert latex[1][3] == rf"$-1.5(2)\times 10^{{{power}}}$"
    assert markdown[1][3] == f"−1.5(2)·10{'⁻¹²' if power < 0 else '⁹'}"


def test_every_model_has_a_table_that_parses():
    for name in registry.MODELS:
        model = registry.load("model", name)
        axis = next(axis for axis, one in model.parameters.items() if not one.choices)
        study = Study(name, PHI4 | {"model": name, "over": {axis: [1.0]}, "worm": {"enabled": False}})
        latex, _ = both(scan_table(study), study)
        assert {f"${symbol}$" for symbol in tex_symbols(study).values()} <= {*latex[0]}


def test_the_stage_writes_both_beside_the_table(tmp_path):
    settings = PHI4 | {"study": "phi4", "lattice": "4x4", "contour": "dense"}
    path = tmp_path / "scan.csv"
    scan_table(phi4()).to_csv(path, index=False)
    outputs = {"latex": tmp_path / "table.tex", "markdown": tmp_path / "table.md"}
    run({"table": path}, outputs, settings)
    parsed_latex(outputs["latex"].read_text(encoding="utf-8"))
    assert len(parsed_markdown(outputs["markdown"].read_text(encoding="utf-8"))) == 4
