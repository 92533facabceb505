from __future__ import annotations

import pytest
from config_helpers import LSTM, only_problem, problems

from lstmcheck.config import Config, contradictions, parse, spec, target_contradictions
from lstmcheck.config.contradiction_rule import Rule
from lstmcheck.config.contradictions import existing_blocks
from lstmcheck.config.find_contradictions import RULES
from lstmcheck.lstm.parameters import INPUT_BLOCKS, parameter_arrays


@pytest.mark.parametrize(
    ("overrides", "last", "what"),
    [
        ([], "lstm.proj_size=6", "below hidden_size, which is 6"),
        ([], "lstm.proj_size=7", "below hidden_size, which is 6"),
        (["lstm.bias=none"], "lstm.forget_bias=1", "bias: none leaves no bias"),
        (["lstm.coupled=true"], "lstm.forget_bias=-1", "with coupled: true the forget gate is 1 - i"),
        ([], "sequence.lengths=[5, 3]", "batch is 3, got 2"),
        ([], "sequence.lengths=[5, 3, 6]", "this sequence has length 6, but sequence.length is 5"),
        ([], "check.blocks=[b, b_ih]", "no block b_ih with bias: one. Blocks here: W U b x h0 c0."),
        (
            ["lstm.bias=two"],
            "check.blocks=[b]",
            "no block b with bias: two. Blocks here: W U b_ih b_hh x h0 c0.",
        ),
        (["lstm.bias=none"], "check.blocks=[b]", "no block b with bias: none."),
        ([], "check.blocks=[W, p]", "no block p without peephole: true."),
        ([], "check.blocks=[R]", "no block R without proj_size."),
        ([], "check.blocks=[W, W]", "W is already in check.blocks."),
        ([], "loss.on=[cell, hidden, cell]", "cell is already in loss.on."),
        (
            ["check.reference=complex"],
            "check.step=1e-5",
            "step is 1e-05, but reference: complex has a step of its own",
        ),
        (["check.method=directions"], "check.step=1e-5", "step is 1e-05, of single entries, but method:"),
        (["check.method=directions"], "check.entries=3", "entries is 3, but method: directions"),
        (["lstm.hidden_size=1", "loss.kind=cross_entropy"], "loss.on=[cell]", "one class"),
        (["lstm.proj_size=1", "loss.kind=cross_entropy"], "loss.on=[cell, hidden]", "hidden of width 1"),
        ([], 'name="a\\nb"', "line breaks and control characters"),
    ],
)
def test_keys_that_contradict_each_other_are_refused(overrides: list[str], last: str, what: str) -> None:
    problem = only_problem(LSTM, *overrides, last)
    assert problem.where == f"--set {last}"
    assert what in problem.what


@pytest.mark.parametrize(
    "overrides",
    [
        ["lstm.proj_size=5"],
        ["lstm.coupled=true", "lstm.forget_bias=0"],
        ["lstm.bias=two", "lstm.forget_bias=1"],
        ["sequence.lengths=[1, 2, 3]"],
        ["check.reference=complex", "check.step=auto", "check.method=directions"],
        ["lstm.bias=two", "lstm.peephole=true", "lstm.proj_size=2", "check.blocks=[R, p, b_hh, b_ih, c0]"],
        ["lstm.hidden_size=1", "lstm.bidirectional=true", "loss={kind: cross_entropy, on: [outputs]}"],
    ],
)
def test_keys_that_agree_are_accepted(overrides: list[str]) -> None:
    assert isinstance(parse(LSTM, name="a", overrides=overrides), Config)


def test_a_contradiction_points_at_the_item_of_a_list() -> None:
    text = f"{LSTM}sequence: {{lengths: [5, 7, 3]}}\ncheck: {{blocks: [W, p, U]}}\n"
    assert [problem.where for problem in problems(text)] == ["small.yaml:2:25", "small.yaml:3:21"]


def test_the_blocks_of_a_network_are_those_it_has_arrays_for() -> None:
    for bias in ("one", "two", "none"):
        for switches in ("", "peephole: true", "proj_size: 2"):
            config = parse(f"lstm: {{input_size: 4, hidden_size: 6, bias: {bias}, {switches}}}", name="a")
            blocks = [info.block for info in parameter_arrays(spec(config))]
            assert existing_blocks(config) == [*blocks, *INPUT_BLOCKS]


def test_every_rule_that_is_written_is_asked() -> None:
    written = [each for module in (contradictions, target_contradictions) for each in vars(module).values()]
    assert [each for each in written if isinstance(each, Rule)] == list(RULES)
