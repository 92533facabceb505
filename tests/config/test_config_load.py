from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import get_args

import pytest
from config_helpers import LSTM
from pydantic import ValidationError

from lstmcheck.config import Config, load, parse, spec
from lstmcheck.config.choices import Activation, BlockName, LossKind, LossPart, Reference
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.reference_registry import REFERENCES
from lstmcheck.lstm.activations import ACTIVATIONS
from lstmcheck.lstm.loss import KINDS, PARTS
from lstmcheck.lstm.parameters import BLOCKS
from lstmcheck.lstm.spec import LstmSpec


def test_everything_but_the_two_sizes_has_its_default() -> None:
    assert parse(LSTM, name="folder/small.yaml").model_dump() == {
        "version": 1,
        "name": "small",
        "seed": 0,
        "lstm": {
            "input_size": 4,
            "hidden_size": 6,
            "num_layers": 1,
            "bidirectional": False,
            "bias": "one",
            "forget_bias": 0.0,
            "peephole": False,
            "coupled": False,
            "proj_size": None,
            "activations": {"gate": "sigmoid", "candidate": "tanh", "output": "tanh"},
            "init_scale": None,
        },
        "sequence": {"length": 5, "batch": 3, "lengths": None, "initial_state": "random", "inputs": "normal"},
        "loss": {"kind": "projection", "on": ("outputs", "hidden", "cell"), "reduce": "sum", "scale": 1.0},
        "arrays": None,
        "sweep": None,
        "target": None,
        "check": {
            "reference": "central",
            "step": "auto",
            "rtol": 1e-6,
            "blocks": "all",
            "entries": "all",
            "method": "auto",
            "miss_probability": 1e-9,
        },
    }


@pytest.mark.parametrize(
    ("words", "known"),
    [
        (Activation, ACTIVATIONS),
        (BlockName, BLOCKS),
        (LossKind, KINDS),
        (LossPart, PARTS),
        (Reference, REFERENCES),
    ],
)
def test_configurations_use_the_words_of_the_mathematics(words: object, known: Iterable[str]) -> None:
    assert get_args(words) == tuple(known)


def test_spec_takes_every_switch_from_the_configuration() -> None:
    text = """
        lstm:
          input_size: 4
          hidden_size: 6
          num_layers: 2
          bidirectional: true
          bias: two
          peephole: true
          coupled: true
          proj_size: 3
          activations: {gate: hard_sigmoid, candidate: relu, output: identity}
    """
    assert spec(parse(text, name="a")) == LstmSpec(
        input_size=4,
        hidden_size=6,
        num_layers=2,
        bidirectional=True,
        bias="two",
        peephole=True,
        coupled=True,
        proj_size=3,
        gate="hard_sigmoid",
        candidate="relu",
        output="identity",
    )


@pytest.mark.parametrize(
    ("written", "value"),
    [("1e-6", 1e-6), ("1.0e-6", 1e-6), ("1E-6", 1e-6), (".5", 0.5), ("0.25", 0.25), ("+0.25", 0.25)],
)
def test_floats_are_those_of_yaml_1_2(written: str, value: float) -> None:
    assert parse(f"{LSTM}check: {{rtol: {written}}}", name="a").check.rtol == value


@pytest.mark.parametrize(("written", "value"), [("010", 10), ("0o17", 15), ("0x1f", 31), ("1_000", 1000)])
def test_integers_are_those_of_yaml_1_2(written: str, value: int) -> None:
    assert parse(f"{LSTM}seed: {written}", name="a").seed == value


def test_an_integer_is_a_fine_float() -> None:
    scale = parse(f"{LSTM}loss: {{scale: 2}}", name="a").loss.scale
    assert (scale, type(scale)) == (2.0, float)


@pytest.mark.parametrize("word", ["no", "on", "y", "off"])
def test_words_that_yaml_1_1_took_for_booleans_are_text(word: str) -> None:
    assert parse(f"{LSTM}name: {word}", name="a").name == word


@pytest.mark.parametrize(
    "text", ["\ufeff" + LSTM, LSTM.replace("\n", "\r\n"), LSTM.rstrip(), f"# first\n---\n{LSTM}...\n"]
)
def test_byte_order_marks_line_ends_and_document_marks_are_no_matter(text: str) -> None:
    assert parse(text, name="a") == parse(LSTM, name="a")


def test_a_file_is_read_as_its_text(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + LSTM.replace("\n", "\r\n").encode())
    assert load(path) == load(str(path)) == parse(LSTM, name="mine.yaml")


def test_a_dash_reads_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(LSTM.encode())))
    config = load("-")
    assert config.name == "stdin"
    assert str(config.locate("lstm")) == "<stdin>:1:7"


def test_a_given_name_stands_before_the_stem() -> None:
    assert parse(f"{LSTM}name: mine", name="small.yaml").name == "mine"


@pytest.mark.parametrize("name", ["line\nbreak.yaml", "", ".", "\x1b[31m.yaml"])
def test_any_file_name_gives_a_printable_name(name: str) -> None:
    found = parse(LSTM, name=name).name
    assert found
    assert found.isprintable()


def test_overrides_replace_what_the_file_says_in_order() -> None:
    overrides = ["lstm.hidden_size=8", "lstm.hidden_size = 16", "check.blocks=[W, U]", "sequence={batch: 2}"]
    config = parse(f"{LSTM}sequence: {{length: 7}}", name="a", overrides=overrides, seed=5)
    assert (config.lstm.hidden_size, config.check.blocks, config.seed) == (16, ("W", "U"), 5)
    assert (config.sequence.length, config.sequence.batch) == (5, 2)


def test_an_override_can_take_a_value_away() -> None:
    assert (
        parse(f"{LSTM}sequence: {{lengths: [9]}}", name="a", overrides=["sequence.lengths="]).sequence.lengths
        is None
    )


def test_an_override_heals_a_wrong_value_in_the_file() -> None:
    assert parse("lstm: {input_size: 4, hidden_size: x}", name="a", overrides=["lstm.hidden_size=2"])


def test_an_override_can_add_a_section() -> None:
    config = parse(LSTM, name="a", overrides=["lstm.activations.gate=relu", "arrays.file=x.npz"])
    assert config.lstm.activations.gate == "relu"
    assert config.arrays_path == Path("x.npz")


NESTED = """\
lstm:
  input_size: 4
  hidden_size: 6
check:
  blocks: [W, U]
  rtol:   1e-5
"""


@pytest.mark.parametrize(
    ("loc", "place"),
    [
        (("check", "rtol"), "a.yaml:6:11"),
        (("check", "blocks"), "a.yaml:5:11"),
        (("check", "blocks", 1), "a.yaml:5:15"),
        (("check",), "a.yaml:4:1"),
        (("check", "step"), "a.yaml:4:1"),
        (("loss", "scale"), "a.yaml:1:1"),
        ((), "a.yaml:1:1"),
    ],
)
def test_locate_finds_the_value_or_the_section_around_it(loc: tuple[str | int, ...], place: str) -> None:
    assert str(parse(NESTED, name="a.yaml").locate(*loc)) == place


def test_locate_tells_file_line_and_column_apart() -> None:
    place = parse(NESTED, name="a.yaml").locate("check", "rtol")
    assert place is not None
    assert (place.file, place.line, place.column) == ("a.yaml", 6, 11)
    assert place.excerpt == "  6 |   rtol:   1e-5\n    |           ^^^^"


def test_locate_finds_an_override() -> None:
    place = parse(NESTED, name="a.yaml", overrides=["check.rtol=1e-4"]).locate("check", "rtol")
    assert place is not None
    assert (str(place), place.line) == ("--set check.rtol=1e-4", None)


def test_a_configuration_made_in_python_has_no_places() -> None:
    config = Config.model_validate(
        {"lstm": {"input_size": 4, "hidden_size": 6}, "sequence": {"lengths": [1, 2, 3]}}
    )
    assert config.locate("lstm", "hidden_size") is None
    assert config.sequence.lengths == (1, 2, 3)


def test_a_configuration_made_in_python_obeys_the_rules_between_keys() -> None:
    with pytest.raises(LstmcheckError, match=r"lstm\.proj_size: proj_size must be below hidden_size"):
        Config.model_validate({"lstm": {"input_size": 4, "hidden_size": 6, "proj_size": 6}})


def test_configurations_are_frozen() -> None:
    config = parse(LSTM, name="a")
    with pytest.raises(ValidationError):
        config.lstm.hidden_size = 7


def test_equal_content_is_equal_wherever_it_was_written(tmp_path: Path) -> None:
    here = parse(f"{LSTM}arrays: {{file: a.npz}}", name=str(tmp_path / "a.yaml"))
    there = parse(f"arrays: {{file: {tmp_path / 'a.npz'}}}\n\n{LSTM}", name="a.yaml")
    elsewhere = parse(f"{LSTM}arrays: {{file: a.npz}}", name="a.yaml")
    assert here == there
    assert hash(here) == hash(there)
    assert here != elsewhere
    assert here != parse(LSTM, name="a.yaml")


def test_a_configuration_survives_pickling_with_its_places() -> None:
    config = parse(NESTED, name="a.yaml")
    copy = pickle.loads(pickle.dumps(config))
    assert copy == config
    assert copy.locate("check", "rtol") == config.locate("check", "rtol")


def test_loading_imports_no_numpy() -> None:
    code = (
        "import sys; from lstmcheck.config import parse, schema, show, spec, template\n"
        "config = parse(template(), name='a'); show(config), spec(config), schema()\n"
        "sys.exit('numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], env=dict(os.environ), check=False).returncode == 0
