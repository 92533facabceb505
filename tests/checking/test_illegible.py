"""A gradient that is all rounding: neither right nor wrong can be told."""

from __future__ import annotations

import pytest
from checking_configs import check_gates, config_of
from reference_cases import codes

from lstmcheck.judge.results import Report
from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.types import Numbers

# Large weights over many steps: an error in the last digit grows by some thirteen orders of magnitude.
CHAOTIC = {
    "lstm": {"input_size": 2, "hidden_size": 64, "init_scale": 1.0},
    "sequence": {"length": 100, "batch": 1},
    "check": {"entries": 2, "blocks": ["U", "h0"]},
}


class Spoilt(Backward):
    """The recurrent weights' gradient is a third too large."""

    def gradients(self, upstream: Outputs) -> dict[str, Numbers]:
        found = super().gradients(upstream)
        return found | {"U_l0": 1.3 * found["U_l0"]}


def checked(backward: type[Backward]) -> Report:
    return check_gates(config_of(CHAOTIC), backward=backward)


@pytest.mark.parametrize("backward", [Backward, Spoilt])
def test_rounding_never_lets_a_gradient_pass_nor_accuses_one(backward: type[Backward]) -> None:
    report = checked(backward)
    assert report.verdict == "inconclusive"
    assert report.count("failed") == 0
    noted = [gate for gate in report.blocks if gate.verdict == "inconclusive"]
    assert all("illegible" in codes(gate) for gate in noted)


ROUGH = CHAOTIC | {"sequence": {"length": 80, "batch": 1}, "check": {"entries": 1, "blocks": ["U"]}}
"""Its gradients of 1e10 have five digits; differences see a slope of 1e2 from afar, and are sure of it."""


def test_differences_of_a_chaotic_loss_accuse_nobody() -> None:
    for backward in (Backward, Spoilt):
        report = check_gates(config_of(ROUGH), backward=backward)
        assert report.count("failed") == 0
        assert all("chaotic" in codes(gate) for gate in report.blocks)


def test_the_same_network_fails_where_it_is_not_chaotic_yet() -> None:
    config = config_of(ROUGH | {"sequence": {"length": 20, "batch": 1}})
    failed = [gate.info.name for gate in check_gates(config, backward=Spoilt).blocks if gate.failed]
    assert failed == 4 * ["U_l0"]
