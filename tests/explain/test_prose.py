"""Prose comes from templates: nothing is left out in silence, and only `explain` loads them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from jinja2 import UndefinedError

import lstmcheck.explain
from lstmcheck.arrays.make_case import make_case
from lstmcheck.config import Config
from lstmcheck.explain.blocks import Equations, Heading, Sentences
from lstmcheck.explain.focus import make_focus
from lstmcheck.explain.narration import Narration
from lstmcheck.explain.notation import NOTATIONS
from lstmcheck.explain.prose import fill

FOLDER = Path(lstmcheck.explain.__file__).parent
SIZES = {"lstm": {"input_size": 2, "hidden_size": 3}, "sequence": {"length": 3, "batch": 2}}
CASE = make_case(Config.model_validate(SIZES))
TITLE = {"title": Heading("a title", 1)}
NAMES = {"T": 3, "B": 2, "nudge": "1e-100"}


def narration() -> Narration:
    return Narration(make_focus(CASE), NOTATIONS["seed"])


def test_a_paragraph_is_one_block_without_its_line_breaks() -> None:
    title, *sentences = fill("opening", narration().names | NAMES, TITLE)
    assert title == TITLE["title"]
    assert len(sentences) == 3
    assert all(isinstance(block, Sentences) and "\n" not in block.text for block in sentences)


def test_a_name_that_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="nudge"):
        fill("opening", narration().names | {"T": 3, "B": 2}, TITLE)


def test_a_block_that_is_missing_is_an_error() -> None:
    with pytest.raises(KeyError, match="title"):
        fill("opening", narration().names | NAMES, {})


def test_headings_and_equations_lose_their_marks() -> None:
    names = {"untied": {}, "matrices": 8}
    heading, _, equations, *_ = fill("weights", narration().names | names, {"tied": Sentences("")})
    assert heading == Heading(r"3. Where does $\delta W$ come from?")
    assert isinstance(equations, Equations)
    assert equations.lines[0].startswith(r"\delta W^{(t)} = ")
    assert "$" not in equations.lines[0]


def test_every_section_has_a_template_of_its_name() -> None:
    sections = {path.stem for path in (FOLDER / "sections").glob("*.py")} - {"__init__"}
    assert sections == {path.name.removesuffix(".md.jinja") for path in (FOLDER / "templates").iterdir()}


def test_a_run_does_not_load_templates() -> None:
    code = (
        "import sys; sys.argv = ['lstmcheck', 'run', 'configs/one-neuron.yaml', '-q']\n"
        "from lstmcheck.cli import main\n"
        "try:\n    main()\nfinally:\n    assert 'jinja2' not in sys.modules"
    )
    root = Path(__file__).parents[2]
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root)
    assert result.returncode == 0, result.stderr
