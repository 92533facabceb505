"""Outputs and gradients are those of torch's nn.LSTM and of its automatic differentiation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import pytest

pytest.importorskip("torch")

from lstm_cases import BATCH, LENGTH, LENGTHS, SMALL, assert_close, drawn_case, rounding
from torch_lstm import TorchLstm

from lstmcheck.lstm.case import Case
from lstmcheck.lstm.spec import Bias

LOSSES = list(product(["projection", "squared_error", "cross_entropy"], [False, True]))


def assert_agrees(case: Case) -> None:
    relative = rounding(case.spec, LENGTH, BATCH)
    theirs = TorchLstm(case)
    for ours, name in zip(case.trace().outputs, "yhc", strict=True):
        assert_close(ours, theirs.outputs()[name].detach().numpy(), relative, name)
    gradients, expected = case.gradients(), theirs.gradients()
    assert gradients.keys() == expected.keys()
    for name, ours in gradients.items():
        assert_close(ours, expected[name], relative, name)


@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "padded"])
@pytest.mark.parametrize("proj_size", [None, 2], ids=["plain", "projected"])
@pytest.mark.parametrize("bidirectional", [False, True], ids=["forward", "both"])
@pytest.mark.parametrize("num_layers", [1, 2, 3])
def test_every_shape_of_network(
    num_layers: int, bidirectional: bool, proj_size: int | None, lengths: Sequence[int] | None
) -> None:
    spec = replace(SMALL, num_layers=num_layers, bidirectional=bidirectional, proj_size=proj_size, bias="two")
    assert_agrees(drawn_case(spec, seed=num_layers, lengths=lengths))


@pytest.mark.parametrize("bias", ["one", "two", "none"])
def test_every_kind_of_bias(bias: Bias) -> None:
    assert_agrees(drawn_case(replace(SMALL, bias=bias, num_layers=2)))


@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "padded"])
@pytest.mark.parametrize(("kind", "mean"), LOSSES)
def test_every_loss(kind: str, mean: bool, lengths: Sequence[int] | None) -> None:
    spec = replace(SMALL, bidirectional=True, num_layers=2)
    assert_agrees(drawn_case(spec, seed=7, kind=kind, mean=mean, lengths=lengths, scale=3.0))


@pytest.mark.parametrize("part", "yhc")
@pytest.mark.parametrize(("kind", "mean"), LOSSES)
def test_every_part_of_the_loss_by_itself(kind: str, mean: bool, part: str) -> None:
    spec = replace(SMALL, proj_size=4)
    assert_agrees(drawn_case(spec, seed=8, kind=kind, mean=mean, parts=part, lengths=LENGTHS))


def test_one_step_of_one_sequence_of_one_unit() -> None:
    spec = replace(SMALL, input_size=1, hidden_size=1)
    case = drawn_case(spec, length=1, batch=1)
    for name, theirs in TorchLstm(case).gradients().items():
        assert_close(case.gradients()[name], theirs, rounding(spec, 1, 1), name)
