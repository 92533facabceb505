"""`lstmcheck conventions`."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from dataclasses import asdict

import pytest
from convention_cases import configured
from rich.console import Console
from typer.testing import CliRunner

from lstmcheck.cli.app import app
from lstmcheck.conventions.names import FRAMEWORK_NAMES
from lstmcheck.conventions.table import CONVENTIONS
from lstmcheck.report.conventions import BELOW, ConventionsContent
from lstmcheck.report.formats.text import NARROWEST, render


def shown(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["conventions", *arguments])
    assert result.exit_code == 0
    return result.stdout


def test_json_has_every_row_and_every_field() -> None:
    document = json.loads(shown("--output-format", "json"))
    assert document["schema_version"] == 1
    assert document["tool"]["name"] == "lstmcheck"
    assert document["command"] == "conventions"
    assert document["conventions"] == [asdict(row) for row in CONVENTIONS.values()]
    promised = ["name", "gates", "weights", "joined", "bias", "forget_offset"]
    assert all(list(row)[:6] == promised for row in document["conventions"])


@pytest.mark.parametrize("name", CONVENTIONS)
def test_the_table_has_a_line_for_every_convention_with_its_gates_apart(name: str) -> None:
    (line,) = [line for line in shown().splitlines() if line.startswith(f"{name} ")]
    assert " ".join(CONVENTIONS[name].gates) in line
    assert next(iter(FRAMEWORK_NAMES[name])) in line


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("torch", ["(4H, D)", "(4H, H)", "two, (4H,)"]),
        ("keras", ["(D, 4H)", "(H, 4H)", "one, (4H,)"]),
        ("tensorflow-block", ["(D+H, 4H)", "in W", "W over [x, h]", "f has +1"]),
        ("karpathy", ["(1+D+H, 4H)", "W over [1, x, h]", "WLSTM"]),
        ("course", ["(H, H+D)", "one, (H,)", "arrays for each gate", "W over [h, x]"]),
        ("chainer", ["gates interleaved by unit", "upward/W"]),
        ("onnx", ["an axis of directions first"]),
    ],
)
def test_the_table_shows_shapes_and_what_is_special(name: str, told: list[str]) -> None:
    (line,) = [line for line in shown().splitlines() if line.startswith(f"{name} ")]
    assert all(words in line for words in told)


def test_the_convention_that_is_spelled_out_below_the_table_is_one() -> None:
    found = re.search(r"\{.*\}", " ".join(BELOW))
    assert found is not None
    assert configured(f"arrays: {{file: a.npz, convention: {found[0]}}}").arrays is not None


def test_nothing_is_cut_on_a_narrow_terminal() -> None:
    console = Console(width=NARROWEST, force_terminal=True, record=True, file=io.StringIO())
    console.print(render(ConventionsContent(), console))
    text = console.export_text()
    assert all(word in text for word in ("upward/W", "upward/b", "lateral/W", "interleaved", "(4H, D)"))
    assert not re.search(r"\S…", text)


def test_its_help_imports_no_numpy() -> None:
    code = (
        "import sys\nfrom lstmcheck.cli import main\nsys.argv = ['lstmcheck', 'conventions', '--help']\n"
        "try:\n    main()\nfinally:\n    assert 'numpy' not in sys.modules"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert "conventions" in result.stdout


@pytest.mark.parametrize("name", CONVENTIONS)
def test_every_convention_has_names_of_its_own(name: str) -> None:
    assert FRAMEWORK_NAMES[name]
