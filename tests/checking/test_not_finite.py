"""A NaN in the gradient fails; numbers that overflow accuse nobody."""

from __future__ import annotations

import numpy as np
import pytest
from checking_configs import Tree, check_gates, config_of, small
from reference_cases import codes
from spoilt import Gradients, spoilt

from lstmcheck.report.run import words


@pytest.mark.parametrize("reference", ["central", "complex"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_one_entry_that_is_not_finite_fails_at_its_place(value: float, reference: str) -> None:
    def change(found: Gradients) -> None:
        found["U_l0"][1, 0, 1] = value

    report = check_gates(config_of(small(check={"reference": reference})), backward=spoilt(change))
    (gate,) = (gate for gate in report.blocks if gate.verdict != "pass")
    assert (gate.verdict, gate.failed, gate.where) == ("fail", 1, "U_f[0,1]")


OVERFLOWING: dict[str, Tree] = {
    "the forward pass": small(
        lstm={
            "init_scale": 30.0,
            "activations": {"gate": "relu", "candidate": "identity", "output": "identity"},
        },
        sequence={"length": 40},
    ),
    "the gradient alone": small(
        lstm={
            "input_size": 1,
            "hidden_size": 1,
            "init_scale": 40.0,
            "activations": {"gate": "identity", "candidate": "identity", "output": "identity"},
        },
        sequence={"length": 7, "batch": 1},
    ),
}


@pytest.mark.parametrize("name", OVERFLOWING)
def test_numbers_that_overflow_accuse_nobody_and_say_where(name: str) -> None:
    overflowed = 0
    for seed in range(6):
        report = check_gates(config_of(OVERFLOWING[name] | {"seed": seed}))
        assert report.count("failed") == 0
        if any("overflow" in codes(gate) for gate in report.blocks):
            overflowed += 1
            assert report.verdict == "inconclusive"
            assert report.overflow
            assert f"the numbers overflow, first in {report.overflow}" in str(words.remedy(report))
    assert overflowed


def test_the_first_overflow_is_named_by_its_step() -> None:
    report = check_gates(config_of(OVERFLOWING["the forward pass"]))
    assert report.overflow is not None
    assert "of step t=" in report.overflow
