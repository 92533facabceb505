"""`target.convention` and `arrays.convention`: names, spelled-out ones, and what is refused."""

from __future__ import annotations

from itertools import permutations
from typing import get_args

import jsonschema
import pytest
from convention_cases import configured, only_problem

from lstmcheck.config import Config, parse, schema, show
from lstmcheck.config.choices import ConventionName
from lstmcheck.config.convention import SPELLED_OUT, ConventionConfig, convention_of
from lstmcheck.conventions.table import CONVENTIONS, Convention

SECTIONS = ["arrays: {file: a.npz, convention: %s}", "target: {file: a.py, convention: %s}"]


def test_the_configuration_names_the_rows_of_the_table() -> None:
    assert get_args(ConventionName) == tuple(CONVENTIONS)


@pytest.mark.parametrize("name", CONVENTIONS)
def test_a_name_stands_for_its_row(name: ConventionName) -> None:
    assert convention_of(name) == CONVENTIONS[name]


def test_spelled_out_with_every_key_gives_a_convention_of_our_letters() -> None:
    key = ConventionConfig(
        gates="ojfi",
        weights="columns",
        joined="hx",
        bias="none",
        forget_offset=0.5,
        split="interleaved",
    )
    assert convention_of(key) == Convention(SPELLED_OUT, "ogfi", "columns", "hx", "none", 0.5, "interleaved")


def test_a_bias_that_is_left_open_is_that_of_the_network() -> None:
    assert convention_of(ConventionConfig(gates="ifgo"), bias="two").bias == "two"


@pytest.mark.parametrize("letter", "gcaj")
def test_every_order_of_gates_is_read_whatever_the_candidate_is_called(letter: str) -> None:
    for order in map("".join, permutations(f"if{letter}o")):
        assert convention_of(ConventionConfig(gates=order)).gates == order.replace(letter, "g")


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("gates", ["ifo", "ifgoo", "ifgc", "iffo", "IFGO", "i f g o", "", "ifgo\\n", "ifgx"])
def test_gates_that_are_not_each_named_once_are_refused(section: str, gates: str) -> None:
    problem = only_problem(section % f'{{gates: "{gates}"}}')
    assert ".convention.gates: expected each of i, f, g and o once, got" in problem.what
    assert problem.remedy == "The candidate g may be written c, a or j."


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize(
    ("convention", "what", "remedy"),
    [
        ("pytorch", "expected torch, keras, onnx", "Did you mean 'torch'?"),
        ("Torch", "expected torch, keras, onnx", "Did you mean 'torch'?"),
        ("5", "or keys such as gates, weights or null, got 5.", None),
        ("{gates: ifgo, wieghts: rows}", "unknown key 'wieghts' in ", "Did you mean 'weights'?"),
        ("{weights: rows}", "missing key 'gates' in ", "order of the gates"),
        ("{gates: ifgo, weights: cols}", "weights: expected rows or columns", "Did you mean 'columns'?"),
        ("{gates: ifgo, split: seperate}", "split: expected stacked, inter", "Did you mean 'separate'?"),
        (
            "{gates: ifgo, joined: bx}",
            "joined: expected none, xh, hx or bxh, got 'bx'.",
            "Did you mean 'bxh'?",
        ),
        ("{gates: ifgo, forget_offset: .inf}", "forget_offset: expected a finite number, got .inf.", None),
        ("{gates: ifgo, bias: three}", "bias: expected one, two or none or null, got 'three'.", None),
    ],
)
def test_what_is_no_convention_is_told(section: str, convention: str, what: str, remedy: str | None) -> None:
    problem = only_problem(section % convention)
    assert what in problem.what
    assert remedy in problem.remedy if remedy and problem.remedy else problem.remedy == remedy


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize(
    ("convention", "bias", "what"),
    [
        ("tensorflow-block", "none", "the convention adds 1 to the bias of the forget gate, but"),
        ("{gates: ifgo, forget_offset: 2}", "none", "the convention adds 2 to the bias of the forget gate"),
        ("{gates: ifgo, forget_offset: 2, bias: none}", "none", "the convention adds 2 to the bias"),
        ("karpathy", "two", "the convention keeps one bias beside the weights, but bias is two."),
        ("karpathy", "none", "the convention keeps one bias beside the weights, but bias is none."),
        ("{gates: ifgo, joined: bxh, bias: two}", "two", "the convention keeps one bias beside the weights"),
        ("{gates: ifgo, bias: one}", "two", "the convention's bias is one, but lstm.bias is two."),
        ("{gates: ifgo, bias: none}", "one", "the convention's bias is none, but lstm.bias is one."),
        ("{gates: ifgo, bias: two}", "none", "the convention's bias is two, but lstm.bias is none."),
    ],
)
def test_a_convention_and_a_bias_that_exclude_each_other_are_refused(
    section: str, convention: str, bias: str, what: str
) -> None:
    problem = only_problem(section % convention, f"lstm.bias={bias}")
    assert problem.what.startswith(what)
    assert problem.where is not None
    assert problem.where.startswith("small.yaml:2:")


TWO_BIASES = "{gates: ifgo, bias: two}"


def test_two_biases_of_a_target_are_no_single_one() -> None:
    assert "convention's bias is two, but lstm.bias is one" in only_problem(SECTIONS[1] % TWO_BIASES).what


def test_two_biases_of_a_file_are_taken_as_one() -> None:
    assert isinstance(configured(SECTIONS[0] % TWO_BIASES), Config)


def test_a_wrong_key_of_a_convention_leaves_only_its_own_problem() -> None:
    text = SECTIONS[1] % "{gates: ifgo, bias: two, forget_offset: x}"
    assert "forget_offset" in only_problem(text, "lstm.bias=two").what


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("convention", ["torch", "{gates: icfo, split: separate}"])
def test_a_shown_convention_loads_to_an_equal_configuration(section: str, convention: str) -> None:
    config = configured(section % convention)
    assert parse(show(config), name="other.yaml") == config


def test_configurations_that_differ_in_the_convention_of_the_file_are_not_equal() -> None:
    torch, keras = (configured(SECTIONS[0] % name) for name in ("torch", "keras"))
    assert torch != keras


@pytest.mark.parametrize(
    ("gates", "fits"), [("ifgo", True), ("ocfi", True), ("ifo", False), ("ifgg", False), ("ifgoi", False)]
)
def test_the_schema_knows_orders_of_gates(gates: str, fits: bool) -> None:
    data = {
        "lstm": {"input_size": 1, "hidden_size": 1},
        "arrays": {"file": "a", "convention": {"gates": gates}},
    }
    assert jsonschema.Draft202012Validator(schema()).is_valid(data) == fits
