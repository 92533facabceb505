"""A check that is ended early tells what it has, and does not say more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lstmcheck import Verdict, check
from lstmcheck.config import make_config
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.early_end import EarlyEnd
from lstmcheck.judge.results import Report
from lstmcheck.lstm.backward import Backward, Deltas
from lstmcheck.lstm.forward import Step
from lstmcheck.lstm.types import Numbers
from lstmcheck.report.run import coverage, diagnosis

SIZES = {"lstm": {"input_size": 3, "hidden_size": 4}, "sequence": {"length": 3, "batch": 2}}


class DoubledInputWeights(Backward):
    def d_W(self, s: Step, d: Deltas) -> Numbers:
        return 2 * super().d_W(s, d)


def evaluations_of(*blocks: str, backward: type[Backward] = Backward, **settings: object) -> int:
    """How many it takes to measure some arrays."""
    told: list[int] = []
    config = make_config({**SIZES, "check": {"blocks": list(blocks), **settings}})
    check(config, backward=backward, progress=lambda done, expected: told.append(done))
    return told[-1]


AFTER_W_AND_U = evaluations_of("W", "U") + 1


class Budget:
    """Is over after so many evaluations."""

    def __init__(self, evaluations: int) -> None:
        self.evaluations, self.done = evaluations, 0

    def advance(self, done: int, expected: int) -> None:
        self.done = done

    def is_over(self) -> bool:
        return self.done >= self.evaluations


def ended(evaluations: int = AFTER_W_AND_U, **settings: object) -> Report:
    budget = Budget(evaluations)
    return check(make_config({**SIZES, **settings}), progress=budget.advance, end=EarlyEnd(budget.is_over))


def test_what_was_measured_is_judged_and_the_rest_is_named() -> None:
    report = ended()
    whole = check(report.config)
    assert report.verdict == report.coverage.verdict == Verdict.INCONCLUSIVE
    assert report.gradient == Verdict.PASS
    assert [gate.label for gate in report.blocks] == [gate.label for gate in whole.blocks[:8]]
    assert report.blocks == whole.blocks[:8]
    assert report.coverage.not_reached == ("b_l0", "x", "h0", "c0")
    assert set(report.values.reference) == {"W_l0", "U_l0"}


def test_a_gradient_that_did_not_come_back_is_told_beside_those_not_reached() -> None:
    report = ended()
    lacking = replace(report, coverage=replace(report.coverage, missing=("c0",)))
    (_, told), *_ = coverage.judged_sentences(lacking)
    assert "before b_l0, x, h0, c0 were measured. c0 was asked for and did not come back." in told


def test_a_wrong_gradient_that_was_reached_fails() -> None:
    budget = Budget(evaluations_of("W", backward=DoubledInputWeights) + 1)
    config = make_config(SIZES)
    report = check(
        config, backward=DoubledInputWeights, progress=budget.advance, end=EarlyEnd(budget.is_over)
    )
    assert (report.verdict, report.gradient) == (Verdict.FAIL, Verdict.FAIL)
    assert "U_l0" in report.coverage.not_reached
    (told,) = diagnosis.sentences(report)
    assert told == "Diagnosis: none was looked for; the check was ended before."


def test_whole_gates_that_were_not_reached_do_not_pass() -> None:
    every = ("W", "U", "b", "x", "h0", "c0")
    few = evaluations_of(*every, method="directions")
    with pytest.raises(LstmcheckError, match="nothing could be measured"):
        ended(few, check={"method": "directions"})
    few = evaluations_of(*every, method="directions", backward=DoubledInputWeights)
    config = make_config({**SIZES, "check": {"method": "directions"}})
    budget = Budget(few)
    report = check(
        config, backward=DoubledInputWeights, progress=budget.advance, end=EarlyEnd(budget.is_over)
    )
    assert [gate.label for gate in report.blocks] == ["W_l0_i", "W_l0_f", "W_l0_g", "W_l0_o"]
    assert report.verdict == Verdict.FAIL
    assert report.coverage.not_reached == ("U_l0", "b_l0", "x", "h0", "c0")


def test_nothing_in_time_is_an_error() -> None:
    with pytest.raises(LstmcheckError, match="nothing could be measured"):
        ended(0)


def test_an_interruption_keeps_what_was_measured_only_where_that_is_asked_for() -> None:
    def interrupt(done: int, expected: int) -> None:
        if done >= AFTER_W_AND_U:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check(make_config(SIZES), progress=interrupt)
    end = EarlyEnd(by_interrupt=True)
    report = check(make_config(SIZES), progress=interrupt, end=end)
    assert end.interrupted
    assert report.coverage.not_reached == ("b_l0", "x", "h0", "c0")


def test_without_an_early_end_nothing_is_left_out() -> None:
    assert check(make_config(SIZES), end=EarlyEnd(lambda: False)).verdict == Verdict.PASS
