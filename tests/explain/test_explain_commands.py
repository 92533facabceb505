"""The commands explain and flow: formats, notations, options, and what goes wrong."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from functools import cache
from itertools import product
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from lstmcheck.arrays.make_case import make_case
from lstmcheck.cli.app import app
from lstmcheck.config import load
from lstmcheck.explain.blocks import Document, Heading, Precise, Table, cell_text, plain, without_tex
from lstmcheck.explain.derivation import derive
from lstmcheck.explain.flow import flows
from lstmcheck.report.derivation import DerivationContent
from lstmcheck.report.flow.content import FlowContent
from lstmcheck.report.flow.words import lines as flow_lines
from lstmcheck.report.flow.words import number
from lstmcheck.report.formats import FORMATS
from lstmcheck.report.formats.text import render
from lstmcheck.tolerances.precision import COMPLEX_STEP

CONFIGS = Path(__file__).parents[2] / "configs"
ONE, SMALL = str(CONFIGS / "one-neuron.yaml"), str(CONFIGS / "small.yaml")
NAMES = sorted(path.stem for path in CONFIGS.glob("*.yaml") if path.stem != "long")
EVERY = [*product(NAMES, ["seed"]), *product(["one-neuron", "coupled", "peephole"], ["torch", "keras"])]
"""Configurations and notations."""


def invoke(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, arguments, input=stdin)


@cache
def document_of(name: str, notation: str = "seed", *topics: str) -> Document:
    return derive(make_case(load(CONFIGS / f"{name}.yaml")), name, notation=notation, topics=topics)


def printed(document: Document, width: int, *, terminal: bool = False) -> str:
    console = Console(width=width, file=io.StringIO(), force_terminal=terminal, color_system=None)
    console.print(render(DerivationContent(document), console))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def markdown(document: Document) -> str:
    return b"".join(FORMATS["markdown"].export(DerivationContent(document))).decode()


# Every format, for every configuration.


@pytest.mark.parametrize(("name", "notation"), EVERY)
def test_text_has_no_tex_and_every_cell(name: str, notation: str) -> None:
    document = document_of(name, notation)
    text = printed(document, 160)
    assert not re.search(r"[$\\]|\{[a-z0-9]\}", text)
    for block in document:
        if isinstance(block, Table):
            for cell in (cell for row in block.rows for cell in row):
                assert without_tex(cell_text(cell)) in text


KNOWN_COMMANDS = {
    "cdot",
    "delta",
    "dots",
    "hat",
    "mathrm",
    "ne",
    "odot",
    "partial",
    "pm",
    "prod",
    "quad",
    "sigma",
}
KNOWN_COMMANDS |= {"sum", "tanh", "tilde", "times", "top", "begin", "cr", "end"}
"""Of those that KaTeX documents, the ones that are used."""


@pytest.mark.parametrize(("name", "notation"), EVERY)
def test_markdown_is_balanced(name: str, notation: str) -> None:
    text = markdown(document_of(name, notation))
    assert text.startswith("# ")
    blocks = re.findall(r"^\$\$\n(.*?)\n\$\$$", text, re.MULTILINE | re.DOTALL)
    assert blocks
    prose = re.sub(r"^\$\$\n.*?\n\$\$$", "", text, flags=re.MULTILINE | re.DOTALL)
    for line in [*(f"${line}$" for block in blocks for line in block.splitlines()), *prose.splitlines()]:
        assert line.count("$") % 2 == 0
        for formula in re.findall(r"\$+([^$]*)\$+", line):
            assert formula.strip() == formula != ""
            assert formula.count("{") == formula.count("}")
            # Strict renderers take no other letters in mathematics, and no index of an index without braces.
            assert formula.isascii()
            assert set(re.findall(r"\\([a-zA-Z]+)", formula)) <= KNOWN_COMMANDS
            assert not re.search(r"_(\w|\{[^{}]*\})_", formula)
            assert not re.search(r"[δσ∘Σ∂|]", formula)
            # Markdown takes the backslash away from punctuation.
            assert not re.search(r"\\[^a-zA-Z ]", formula)
        assert not re.search(r"\\", re.sub(r"\$+[^$]*\$+", "", line))
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert len(tables) >= 12
    for table in tables:
        assert len({row.count("|") for row in table.splitlines()}) == 1


def test_the_size_of_the_nudges_is_the_one_that_is_used() -> None:
    assert f"(The nudge is imaginary, {COMPLEX_STEP:g} in size:" in " ".join(
        invoke("explain", ONE).stdout.split()
    )


def test_markdown_tables_are_tables_to_a_parser() -> None:
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").enable("table").parse(markdown(document_of("small")))
    wanted = sum(isinstance(block, Table) for block in document_of("small"))
    assert sum(token.type == "table_open" for token in tokens) == wanted
    headings = [token for token in tokens if token.type == "heading_open"]
    assert len(headings) == sum(isinstance(block, Heading) for block in document_of("small"))


def test_prose_is_wrapped_on_a_narrow_terminal() -> None:
    document = tuple(block for block in document_of("small") if not isinstance(block, Table))
    lines = printed(document, 70, terminal=True).splitlines()
    assert max(len(line) for line in lines if not line.startswith(" ")) <= 70


@pytest.mark.parametrize("width", [60, 80, 100])
def test_no_number_is_cut_on_a_narrow_terminal(width: int) -> None:
    document = tuple(block for block in document_of("small") if isinstance(block, Table))
    text = printed(document, width, terminal=True)
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= width
    for block in document:
        for cell in (cell for row in block.rows for cell in row):
            assert without_tex(cell_text(cell)) in text


def test_no_number_of_a_flow_is_cut_on_a_narrow_terminal() -> None:
    config = load(SMALL)
    found = flows({0.0: make_case(config), 1.0: make_case(config)}, seed=0)
    for several in (found[:1], found):
        console = Console(width=50, file=io.StringIO(), force_terminal=True, color_system=None)
        console.print(render(FlowContent(config, several), console))
        assert isinstance(console.file, io.StringIO)
        assert "…" not in console.file.getvalue()
        for line in flow_lines(found[0]):
            assert number(line.curve.values[2]) in console.file.getvalue()


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"\delta I = W^{\top} \delta z", "δI = Wᵀ δz"),
        (r"\hat{a}_{t}", "a\u0302_t"),
        (r"\sum_{k} W_{kj} \mathrm{d}z_{k}", "Σ_k W_kj dz_k"),
        (r"c_{t-1} \odot f_{t}", "c_{t−1} ∘ f_t"),
        (r"W^{(t)} = (W^{\top} W)^{-1}", "W^(t) = (Wᵀ W)⁻¹"),
        (r"z_{\tilde{c}}", "z_c\u0303"),
    ],
)
def test_tex_in_plain_letters(tex: str, text: str) -> None:
    assert plain(tex) == text


def test_digits() -> None:
    told = [cell_text(cell) for cell in (0.0, 1.0, -0.123456789, 1e-30, Precise(1.23456789, 8), None)]
    assert told == ["0", "1", "-0.123457", "1e-30", "1.2345679", ""]


# The command explain.


def test_the_questions_come_in_order() -> None:
    result = invoke("explain", ONE)
    assert (result.exit_code, result.stderr) == (0, "")
    places = [
        result.stdout.index(f"\n{heading}")
        for heading in ("Before the questions", "1. ", "2. ", "3. ", "4. ")
    ]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("topic", "number"), [("inputs", "1"), ("gates", "2"), ("weights", "3"), ("carousel", "4")]
)
def test_one_topic_is_one_question(topic: str, number: str) -> None:
    text = invoke("explain", ONE, "--topic", topic).stdout
    assert re.findall(r"^([1-4])\. ", text, re.MULTILINE) == [number]
    assert ("Before the questions" in text) == (topic == "gates")


@pytest.mark.parametrize(
    ("notation", "gates", "gradient"),
    [("seed", "a, i, f, o", "δI"), ("torch", "i, f, g, o", "dI"), ("keras", "i, f, c\u0303, o", "dI")],
)
def test_a_notation_has_its_letters_and_its_order(notation: str, gates: str, gradient: str) -> None:
    text = invoke("explain", ONE, "--notation", notation).stdout
    assert f"in the order {gates}." in text
    assert f"Why is {gradient} = Wᵀ" in text


@pytest.mark.parametrize("time", ["0", "6", "-1"])
def test_a_step_that_is_not_there_exits_2_with_the_range(time: str) -> None:
    result = invoke("explain", SMALL, "--time", time)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"--time: there is no step {time}: the steps are 1 to 5.")


def test_the_range_of_padded_sequences_is_that_of_the_longest() -> None:
    result = invoke("explain", SMALL, "--set", "sequence.lengths=[3,4,2]", "--time", "5")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "the steps are 1 to 4" in result.stderr


def test_the_default_is_the_last_step_but_one() -> None:
    assert invoke("explain", SMALL).stdout == invoke("explain", SMALL, "--time", "4").stdout
    assert invoke("explain", SMALL).stdout != invoke("explain", SMALL, "--time", "5").stdout


def test_seed_and_set_change_the_numbers() -> None:
    usual = invoke("explain", ONE, "--topic", "gates").stdout
    assert invoke("explain", ONE, "--topic", "gates", "--seed", "1").stdout != usual
    assert "H = 2 units" in invoke("explain", ONE, "--set", "lstm.hidden_size=2").stdout


def test_markdown_is_what_the_option_prints() -> None:
    result = invoke("explain", ONE, "--output-format", "markdown")
    assert (result.exit_code, result.stdout) == (0, markdown(document_of("one-neuron")))


@pytest.mark.parametrize("activation", ["relu", "hard_sigmoid", "softsign", "identity"])
def test_other_activations_are_told_and_measured(activation: str) -> None:
    result = invoke("explain", SMALL, "--set", f"lstm.activations.candidate={activation}")
    assert result.exit_code == 0
    assert f"{activation.replace('_', '').replace('identity', 'id')}'" in result.stdout


# The command flow.


def test_flow_as_json_has_its_keys() -> None:
    result = invoke("flow", SMALL, "--output-format", "json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["command"], document["schema_version"]) == (0, "flow", 1)
    assert document["tool"]["name"] == "lstmcheck"
    assert document["lags"] == [1, 2, 3, 4, 5]
    assert len(document["forget_product"]) == 5
    for name in ("cell_jacobian", "hidden_jacobian", "rnn_jacobian"):
        assert {key: len(values) for key, values in document[name].items()} == {"median": 5, "largest": 5}


def test_what_is_not_known_is_null_in_json_and_a_dash_in_the_table() -> None:
    long = str(CONFIGS / "long.yaml")
    document = json.loads(invoke("flow", long, "--output-format", "json").stdout)
    assert document["rnn_jacobian"]["median"][-1] is None
    text = invoke("flow", long).stdout
    assert re.search(r"^ +100 .*–", text, re.MULTILINE)
    assert "– is too small" in text


def test_flow_shows_every_number_of_a_short_sequence() -> None:
    text = invoke("flow", SMALL).stdout
    document = json.loads(invoke("flow", SMALL, "--output-format", "json").stdout)
    for name in ("cell_jacobian", "hidden_jacobian", "rnn_jacobian"):
        for value in (v for values in document[name].values() for v in values):
            assert f"{value:.3g}" in text
    assert f"{document['half_life']['forget_product']:.3g}" in text
    assert re.search(r"Πf +[▁-█]{5}\n", text)


def test_forget_biases_side_by_side() -> None:
    text = invoke("flow", SMALL, "--forget-bias", "-1,0,1,3").stdout
    assert len(re.findall(r"lag +bias -1 +bias 0 +bias 1 +bias 3", text)) == 5
    given = ["flow", SMALL, "--forget-bias", "-1,0,1,3", "--output-format", "json"]
    document = json.loads(invoke(*given).stdout)
    assert [flow["forget_bias"] for flow in document["flows"]] == [-1, 0, 1, 3]


def test_flow_reads_standard_input_once() -> None:
    text = Path(SMALL).read_text(encoding="utf-8")
    assert invoke("flow", "-", "--forget-bias", "0,1", stdin=text).exit_code == 0


@pytest.mark.parametrize("given", ["a", "1,,2", "nan", "inf", ""])
def test_a_forget_bias_that_is_no_number_exits_2(given: str) -> None:
    result = invoke("flow", SMALL, "--forget-bias", given)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("--forget-bias: expected finite numbers")


@pytest.mark.parametrize(("name", "start"), [("f.svg", b"<?xml"), ("f.png", b"\x89PNG")])
@pytest.mark.parametrize("biases", [[], ["--forget-bias", "-1,0,1,3"]])
def test_plots(tmp_path: Path, name: str, start: bytes, biases: list[str]) -> None:
    result = invoke("flow", SMALL, "--plot", str(tmp_path / name), *biases)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "lag" in result.stdout
    assert (tmp_path / name).read_bytes().startswith(start)


def test_a_plot_without_matplotlib_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = invoke("flow", SMALL, "--plot", str(tmp_path / "f.svg"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "pip install 'lstmcheck[plot]'" in result.stderr
    assert invoke("flow", SMALL).exit_code == 0


def test_a_plot_of_another_kind_is_refused_before_the_work(tmp_path: Path) -> None:
    result = invoke("flow", SMALL, "--plot", str(tmp_path / "f.pdf"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert ".svg or .png" in result.stderr


def test_layers_and_lengths_are_told() -> None:
    assert "first layer's forward direction" in invoke("flow", str(CONFIGS / "padded.yaml")).stdout
    assert "Of 3 sequences 1 last to step 5" in invoke("flow", str(CONFIGS / "padded.yaml")).stdout
    assert (
        "first layer's forward direction"
        in invoke("explain", str(CONFIGS / "deep-bidirectional.yaml")).stdout
    )


# Both, in a process of their own.


@pytest.mark.parametrize("command", ["explain", "flow"])
def test_help_imports_neither_numpy_nor_matplotlib(command: str) -> None:
    code = (
        "import sys\nfrom lstmcheck.cli import main\n"
        f"sys.argv = ['lstmcheck', '{command}', '--help']\n"
        "try:\n    main()\nfinally:\n    assert not {'numpy', 'matplotlib'} & set(sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [["explain"], ["explain", "--output-format=markdown"], ["flow"]])
def test_a_reader_that_stops_early_is_no_error(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "lstmcheck", *arguments, SMALL]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0
