"""A reference of another kind is a class and a row: whatever judges and reports needs to know no more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from checking_configs import config_of, small

from lstmcheck.api import check
from lstmcheck.judge.measurement import Given, Measurement
from lstmcheck.judge.measuring_context import Bench
from lstmcheck.judge.reference_registry import REFERENCES
from lstmcheck.reference.kinds import COMPLEX


class Bounding:
    """Bounds the error of whole arrays, all of them asked about at once, rather than that of an entry."""

    bound = 0.0

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    def measure(self, asked: Sequence[Given]) -> list[Measurement]:
        return [self._bounded(given) for given in asked]

    def _bounded(self, given: Given) -> Measurement:
        found = Measurement(given, self.bench.rtol)
        every = np.arange(len(given.entries))
        found.replace(every, COMPLEX, given.analytic, np.full(len(every), self.bound))
        return found


@pytest.mark.parametrize(("bound", "verdict"), [(1e-12, "pass"), (1e-3, "inconclusive")])
def test_a_reference_that_bounds_whole_gates_is_a_class_and_a_row(
    monkeypatch: pytest.MonkeyPatch, bound: float, verdict: str
) -> None:
    monkeypatch.setattr(Bounding, "bound", bound)
    monkeypatch.setitem(REFERENCES, "bounding", Bounding)
    config = config_of(small())
    asked = config.check.model_copy(update={"reference": "bounding"})
    report = check(config.model_copy(update={"check": asked}))
    assert report.verdict == verdict
    assert report.method.reference == "bounding"
    assert report.method.entries == {"central": 0, "richardson": 0, "complex": report.entries}
