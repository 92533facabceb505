"""Known mistakes are found, in every gate that they spoil and in no other, whatever the loss is scaled by."""

from __future__ import annotations

from itertools import cycle

import numpy as np
import pytest
from checking_configs import check_gates, config_of, small
from planted import Mistake
from planted_arrays import ARRAY_MISTAKES
from planted_steps import STEP_MISTAKES

from lstmcheck.arrays.make_case import make_case
from lstmcheck.config import Config
from lstmcheck.judge.results import Report
from lstmcheck.lstm.backward import Backward

MISTAKES = STEP_MISTAKES | ARRAY_MISTAKES
RTOL = 1e-6
CLEAR = 10
"""A mistake that is neither this many times above the tolerance nor as many below tests nothing."""
SCALES = (1e-4, 1, 1e4)

Gate = tuple[str, str | None]
"""Array and gate."""


def config_for(mistake: Mistake, scale: float) -> Config:
    sections = {"lstm": mistake.lstm, "sequence": mistake.sequence, "loss": {"scale": scale}}
    return config_of(small(**sections, check={"rtol": RTOL}))


def spoilt(config: Config, wrong: type[Backward]) -> set[Gate]:
    """The gates in which the gradients differ by more than the tolerance."""
    case = make_case(config)
    right, found = case.gradients(), case.gradients(wrong)
    gates = set()
    for info in case.infos:
        for row, gate in enumerate(info.gates or [None]):
            mine = np.s_[row] if info.gates else np.s_[:]
            error = np.abs(found[info.name][mine] - right[info.name][mine]).max()
            tolerance = RTOL * np.abs(right[info.name][mine]).max()
            assert error > CLEAR * tolerance or error * CLEAR <= tolerance, f"{info.name} {gate}: unclear"
            if error > tolerance:
                gates.add((info.name, gate))
    return gates


def red(report: Report) -> set[Gate]:
    return {(block.info.name, block.gate) for block in report.blocks if block.verdict == "fail"}


@pytest.mark.parametrize(("name", "scale"), list(zip(MISTAKES, cycle(SCALES))))
def test_a_mistake_fails_in_exactly_the_gates_that_it_spoils(name: str, scale: float) -> None:
    mistake = MISTAKES[name]
    config = config_for(mistake, scale)
    expected = spoilt(config, mistake.wrong)
    report = check_gates(config, backward=mistake.wrong)
    assert report.verdict == "fail"
    assert red(report) == expected
    assert all(block.verdict == "pass" for block in report.blocks if block.verdict != "fail")


@pytest.mark.parametrize("name", [name for name, mistake in MISTAKES.items() if mistake.red])
def test_a_mistake_in_one_place_spoils_what_the_list_of_known_mistakes_says(name: str) -> None:
    mistake = MISTAKES[name]
    config = config_for(mistake, 1.0)
    named = set()
    for info in make_case(config).infos:
        for gate in info.gates or [None]:
            if mistake.red & {info.block, info.name, f"{info.block}_{gate}"}:
                named.add((info.name, gate))
    assert spoilt(config, mistake.wrong) == named


def test_the_networks_of_these_tests_pass_with_the_right_backward_pass() -> None:
    for config in {config_for(mistake, scale) for mistake in MISTAKES.values() for scale in SCALES}:
        assert check_gates(config).verdict == "pass"


@pytest.mark.parametrize("reference", ["central", "complex"])
def test_both_references_find_the_same(reference: str) -> None:
    mistake = MISTAKES["copied-gate"]
    config = config_of(small(check={"reference": reference}))
    assert red(check_gates(config, backward=mistake.wrong)) == {("b_l0", "i"), ("b_l0", "o")}


def test_one_step_with_zero_states_cannot_see_a_missing_recurrence() -> None:
    """What the loss does not depend on cannot be checked; the other tests take several steps."""
    blind = {"length": 1, "initial_state": "zero"}
    wrong = MISTAKES["no-recurrence"].wrong
    assert check_gates(config_of(small(sequence=blind)), backward=wrong).verdict == "pass"
    assert check_gates(config_of(small()), backward=wrong).verdict == "fail"
