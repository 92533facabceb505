"""A correct backward pass always passes: any network, any sequence, any loss, any way of checking it."""

from __future__ import annotations

from typing import Any

import numpy as np
from checking_configs import KINKED, SMOOTH, Tree, check_gates, config_of, small, trees
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from spoilt import scaled

from lstmcheck.arrays.make_case import make_case
from lstmcheck.config import Config
from lstmcheck.judge.results import GateResult, Report
from lstmcheck.lstm.case import Case
from lstmcheck.reference.rounding import backward_rounding

UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)
"""What fails is told as it was drawn: to shrink a network takes minutes, and seldom keeps the reason."""
EXAMPLES = settings(max_examples=15, phases=UNSHRUNK)
FEW = settings(max_examples=6, phases=UNSHRUNK)
LARGE = float(np.finfo(float).eps ** -0.5)
"""Activations that are not bounded let states grow; of a loss above this, half the digits are gone."""
VANISHING = 1e-50
"""Gradients below this come from pre-activations that are no larger than the complex step itself."""
UNRESOLVED = float(np.finfo(float).eps) / 1e-5
"""Of the loss, whose rounding a difference divides by steps from 1e-5 on: of a gate whose gradients are
smaller, zeros would pass as well as the right ones, and so neither does."""

LEGIBLE = 1e-5
"""In a chaotic network rounding errors may take a whole gradient: no more than this share is asked for."""


def measurable(config: Config) -> bool:
    """Whether states, loss and gradients are far from overflow, and no gate's gradients all but vanish."""
    case = make_case(config)
    with np.errstate(all="ignore"):
        outputs = case.trace().outputs
        states: list[Any] = [*outputs, case.loss.value(outputs) / case.loss.scale]
        gradients = case.gradients()
    gates = [np.abs(gradients[info.name]).reshape(info.rows, -1).max(1) for info in case.infos]
    largest = np.concatenate(gates) / abs(case.loss.scale)
    vanishing = (largest > 0) & (largest < VANISHING)
    bounded = all((np.abs(a) < LARGE).all() for a in states) and largest.max() < np.inf
    return bool(bounded and not vanishing.any() and legible(case))


def legible(case: Case) -> bool:
    """Whether every array's gradient has digits that rounding leaves alone."""
    gradients, rounding = case.gradients(), backward_rounding(case, seed=0)
    return all(
        rounding[info.name].max() <= LEGIBLE * np.abs(gradients[info.name]).max() for info in case.infos
    )


def loss_size(config: Config) -> float:
    """Of all sequences together."""
    case = make_case(config)
    return float(np.abs(case.loss.value(case.trace(keep=False).outputs)).sum())


def is_unresolved(gate: GateResult) -> bool:
    """Whether nothing is said of a gate but that it is too small to be told from zeros."""
    codes = {note.code for note in gate.notes}
    return gate.verdict == "inconclusive" and "unresolved" in codes <= {"unresolved", "zero", "beside a kink"}


def assert_passes(tree: Tree) -> Report:
    config = config_of(tree)
    assume(measurable(config))
    report = check_gates(config)
    worst, size = report.worst, loss_size(config)
    told = f"{worst.label} {worst.worst}, scale {worst.scale}, {worst.methods}, {worst.notes}"
    undecided = [gate for gate in report.blocks if gate.verdict != "pass"]
    assert all(is_unresolved(gate) and gate.scale <= UNRESOLVED * size for gate in undecided), told
    assert report.count("failed") == 0, told
    assert undecided or (report.verdict, report.count("inconclusive")) == ("pass", 0), told
    return report


@EXAMPLES
@given(trees(activations=SMOOTH))
def test_a_smooth_network_passes_in_every_entry(tree: Tree) -> None:
    report = assert_passes(tree)
    assert report.count("passed") + report.count("inconclusive") == report.entries > 0


@EXAMPLES
@given(trees(activations=SMOOTH + KINKED))
def test_a_network_with_kinks_passes_where_it_can_be_measured(tree: Tree) -> None:
    report = assert_passes(tree)
    decided = report.count("passed") + report.count("unmeasurable")
    assert decided + report.count("inconclusive") == report.entries > 0


@FEW
@given(trees(activations=SMOOTH + KINKED, longest=30))
def test_long_sequences_pass(tree: Tree) -> None:
    assert_passes(tree)


@FEW
@given(trees(activations=("sigmoid", "tanh")), st.floats(1e-9, 1e-2))
def test_every_tolerance_passes(tree: Tree, rtol: float) -> None:
    assert_passes(tree | {"check": tree["check"] | {"rtol": rtol}})


@FEW
@given(trees(activations=("sigmoid", "tanh", "softsign")), st.floats(1e-12, 1.0))
def test_no_step_accuses(tree: Tree, step: float) -> None:
    config = config_of(tree | {"check": tree["check"] | {"reference": "central", "step": step}})
    assert check_gates(config).verdict != "fail"


@FEW
@given(trees(activations=("sigmoid", "tanh")))
def test_what_is_checked_is_what_was_asked_for(tree: Tree) -> None:
    report = assert_passes(tree)
    wanted = tree["check"]["blocks"]
    blocks = {block.info.block for block in report.blocks}
    assert wanted == "all" or blocks == set(wanted)
    count = tree["check"]["entries"]
    for block in report.blocks:
        assert block.entries == (block.total if count == "all" else min(count, block.total))
        assert not (tree["lstm"]["coupled"] and block.gate == "f")


@FEW
@given(trees(activations=SMOOTH), st.data())
def test_a_wrong_gradient_never_passes(tree: Tree, data: st.DataObject) -> None:
    """Any array of any network, a thousandth too large, where it is not zero."""
    tree = tree | {"check": {"entries": "all"}}
    config = config_of(tree)
    assume(measurable(config))
    right = check_gates(config)
    # Where large terms cancel, or nothing depends on an array, no gradient can be told from another.
    clear = [block.info.name for block in right.blocks if not block.notes]
    assume(clear)
    name = data.draw(st.sampled_from(sorted(set(clear))))
    report = check_gates(config, backward=scaled(name, 1.001))
    assert {block.info.name for block in report.blocks if block.verdict != "pass"} == {name}
    assert report.verdict == "fail"


@FEW
@given(st.integers(0, 2**32), st.sampled_from(["central", "complex"]))
def test_every_seed_passes(seed: int, reference: str) -> None:
    assert_passes(small(check={"reference": reference}) | {"seed": seed})
