"""Topics beyond the four questions: their numbers against a forward pass that shares no code with them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from expected import numbers
from independent import Sequence
from typer.testing import CliRunner

from lstmcheck.arrays.make_case import make_case
from lstmcheck.cli.app import app
from lstmcheck.config import load
from lstmcheck.explain.batch import batch_numbers
from lstmcheck.explain.blocks import Heading, Table
from lstmcheck.explain.derivation import FURTHER, derive
from lstmcheck.explain.difference import STEPS, difference_numbers
from lstmcheck.explain.focus import make_focus
from lstmcheck.explain.loss import loss_numbers
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.gates import G

CONFIGS = Path(__file__).parents[2] / "configs"
EXACT = 1e-11
"""Both sides round a few hundred times at 1e-16 each."""


def case_of(name: str, *overrides: str) -> Case:
    return make_case(load(CONFIGS / f"{name}.yaml", overrides=overrides))


def moved(case: Case, amount: complex) -> Case:
    """With W_g[0,0] moved."""
    W = case.arrays["W_l0"] + 0 * amount
    W[G, 0, 0] += amount
    return replace(case, arrays={**case.arrays, "W_l0": W})


def losses(case: Case, amount: complex) -> np.ndarray:
    """Each sequence's share, by the independent pass."""
    batch = case.arrays["x"].shape[1]
    return np.array([Sequence(moved(case, amount), b).run()[1] for b in range(batch)])


@pytest.mark.parametrize("name", ["one-neuron", "small", "padded"])
def test_differences_are_those_of_the_loss(name: str) -> None:
    case = case_of(name, "lstm.bidirectional=false")
    found = difference_numbers(make_focus(case))
    loss = losses(case, 0).sum()
    assert found.loss == pytest.approx(loss, rel=EXACT)
    for s, forward, central in zip(STEPS, found.forward, found.central, strict=True):
        plus, minus = losses(case, s).sum(), losses(case, -s).sum()
        # What rounding makes of a difference is not the same twice.
        noise = 200 * np.finfo(float).eps * max(1, abs(loss)) / s
        assert abs(forward - (plus - loss) / s) <= noise
        assert abs(central - (plus - minus) / (2 * s)) <= noise
    exact = losses(case, 1e-40j).sum().imag / 1e-40
    assert found.analytic == pytest.approx(exact, rel=EXACT)
    assert found.complex == pytest.approx(exact, rel=EXACT)


@pytest.mark.parametrize("name", ["one-neuron", "small", "padded"])
def test_sequences_add_up(name: str) -> None:
    case = case_of(name, "lstm.bidirectional=false")
    found = batch_numbers(make_focus(case))
    exact = losses(case, 1e-40j).imag / 1e-40
    assert found.parts == pytest.approx(exact, rel=EXACT, abs=EXACT)
    assert found.measured == pytest.approx(exact, rel=EXACT, abs=EXACT)
    assert found.total == pytest.approx(exact.sum(), rel=EXACT)


@pytest.mark.parametrize("kind", ["projection", "squared_error", "cross_entropy"])
@pytest.mark.parametrize("name", ["small", "deep-bidirectional", "padded"])
def test_the_loss_gives_what_a_nudge_of_an_output_measures(name: str, kind: str) -> None:
    focus = make_focus(case_of(name, f"loss.kind={kind}"))
    found = loss_numbers(focus)
    assert len(found.steps) == focus.end
    for y, target, d_y, measured in found.steps:
        assert d_y == pytest.approx(measured, rel=EXACT, abs=EXACT)
        if found.shows_targets and kind == "squared_error":
            assert d_y == pytest.approx(y - target, rel=EXACT)
        if found.shows_targets and kind == "projection":
            assert d_y == target


@pytest.mark.parametrize("topic", FURTHER)
def test_a_topic_is_told_only_where_it_is_asked_for(topic: str) -> None:
    case = case_of("small")
    told = derive(case, "small", topics=[topic])
    (heading,) = [block for block in told if isinstance(block, Heading) and block.level == 2]
    assert heading not in derive(case, "small")
    found = CliRunner().invoke(app, ["explain", str(CONFIGS / "small.yaml"), "--topic", topic])
    assert found.exit_code == 0
    assert heading.text in found.stdout
    assert all(np.isfinite(row).all() for table in told if isinstance(table, Table) for row in numbers(table))


@pytest.mark.parametrize("name", ["one-neuron", "deep-bidirectional", "coupled", "peephole", "projected"])
def test_every_configuration_has_them(name: str) -> None:
    assert derive(case_of(name), name, topics=list(FURTHER), notation="torch")
