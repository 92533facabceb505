"""Every protocol: right implementations are never accused, wrong ones are caught and named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from planted_targets import FILES, PLANTS, SHIPPED_WRONG, Plant, correct, source
from target_checks import checked

from lstmcheck.judge.verdict import Verdict

pytestmark = pytest.mark.usefixtures("no_line_is_looked_for")

NAMELESS = {("loss", "output-gradient-doubled")}
"""Their upstreams cannot be told from the gradients: d_h is part of the last d_y."""
NOT_COVERED = {
    "cs231n-sequence": ("c0", "d_c"),
    "course-sequence": ("c0", "d_c"),
}


def settings_for(plant: Plant) -> dict[str, Any]:
    """Quick ones, but for one plant of each protocol, which is judged as any target is."""
    if SHIPPED_WRONG[plant.protocol] == plant.mistake:
        return {}
    return {"check__entries": 1} if plant.protocol == "torch" else {"check__reference": "complex"}


@pytest.mark.parametrize("protocol", FILES)
def test_a_right_implementation_passes_all_three(protocol: str, tmp_path: Path) -> None:
    report = checked(tmp_path, correct(protocol), protocol, target__behaviour="all")
    assert report.target is not None
    assert report.target.purity is not None
    assert (report.gradient, report.target.purity.problems) == (Verdict.PASS, ())
    assert (report.target.conformance is None) == (protocol == "loss")
    assert report.verdict == Verdict.PASS
    assert report.not_covered == NOT_COVERED.get(protocol, ())


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: f"{plant.protocol}-{plant.mistake}")
def test_a_planted_mistake_is_caught_and_named(plant: Plant, tmp_path: Path) -> None:
    planted = source(plant.protocol, plant.mistake)
    report = checked(tmp_path, planted, plant.protocol, explain=True, **settings_for(plant))
    assert report.gradient == Verdict.FAIL
    assert report.target is not None
    assert report.target.purity is not None
    assert report.target.purity.verdict == Verdict.PASS
    if (plant.protocol, plant.mistake) not in NAMELESS:
        assert report.diagnosis is not None
        assert report.diagnosis.suspects[0].mistake == plant.mistake
