"""What a gradient may be compared with. A new reference is a module with its class, and a row here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from lstmcheck.judge.by_complex_steps import ByComplexSteps
from lstmcheck.judge.by_differences import ByDifferences
from lstmcheck.judge.measurement import Given, Measurement
from lstmcheck.judge.measuring_context import Bench


class Reference(Protocol):
    """Measures the derivatives that gradients are judged by, as well as the verdict needs.

    All arrays are asked about at once: their evaluations may be shared. What bounds the error of a whole
    gate gives each of its entries the analytic value, and that bound as the uncertainty.
    """

    def measure(self, asked: Sequence[Given]) -> list[Measurement]:
        """One settled measurement for each."""


REFERENCES: dict[str, Callable[[Bench], Reference]] = {
    "central": ByDifferences,
    "complex": ByComplexSteps,
}
"""By their names in `check.reference`."""
