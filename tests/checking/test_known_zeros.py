"""The forget rows of coupled cells have no effect: their gradient is zero, and nothing else passes."""

from __future__ import annotations

import pytest

from lstmcheck.api import check
from lstmcheck.config import Config
from lstmcheck.judge.results import GateResult, Report
from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.gates import GATES
from lstmcheck.lstm.types import Numbers

COUPLED = Config(
    lstm={"input_size": 2, "hidden_size": 3, "coupled": True, "peephole": True},  # type: ignore[arg-type]
    sequence={"length": 2, "batch": 2},  # type: ignore[arg-type]
)
F = GATES.index("f")


def filled(array: str, value: float) -> type[Backward]:
    """A backward pass that returns one number in a forget row."""

    class Filled(Backward):
        def gradients(self, upstream: Outputs) -> dict[str, Numbers]:
            found = super().gradients(upstream)
            found[array][F, -1] = value
            return found

    return Filled


def forget_rows(report: Report) -> list[GateResult]:
    return [gate for gate in report.blocks if gate.gate == "f"]


def test_zeros_pass_and_are_not_listed() -> None:
    report = check(COUPLED)
    assert report.verdict == "pass"
    assert not forget_rows(report)


@pytest.mark.parametrize("value", [0.5, 5e-324, float("nan"), float("inf")])
@pytest.mark.parametrize("array", ["W_l0", "U_l0", "b_l0", "p_l0"])
def test_anything_but_zero_fails_as_a_row_of_its_own(array: str, value: float) -> None:
    report = check(COUPLED, backward=filled(array, value))
    (row,) = forget_rows(report)
    assert (row.label, row.verdict, report.verdict) == (f"{array}_f", "fail", "fail")
    assert row.worst.index[0] == COUPLED.lstm.hidden_size - 1
    assert row.failed == row.entries - row.passed > 0


def test_a_row_that_is_known_was_not_judged_along_directions() -> None:
    lstm = COUPLED.lstm.model_copy(update={"hidden_size": 13})
    by_directions = COUPLED.check.model_copy(update={"method": "directions"})
    config = COUPLED.model_copy(update={"lstm": lstm, "check": by_directions})
    report = check(config, backward=filled("W_l0", 0.5))
    assert any(gate.directions for gate in report.blocks)
    (row,) = forget_rows(report)
    assert (row.method, row.miss_probability) == ("entries", None)
    assert row.wrong is not None
    assert row.wrong.positions == ((12,), (0, 1))


def test_rows_stand_in_the_order_of_the_gates() -> None:
    report = check(COUPLED, backward=filled("U_l0", 1.0))
    assert [gate.gate for gate in report.blocks if gate.info.name == "U_l0"] == list("ifgo")


def test_a_block_that_is_not_asked_for_is_not_judged() -> None:
    config = COUPLED.model_copy(update={"check": COUPLED.check.model_copy(update={"blocks": ("U", "x")})})
    assert check(config, backward=filled("W_l0", 1.0)).verdict == "pass"


def test_what_is_wrong_nowhere_else_is_not_searched_for() -> None:
    report = check(COUPLED, backward=filled("W_l0", 1.0))
    assert report.diagnosis is not None
    assert "only the forget rows" in (report.diagnosis.note or "")
