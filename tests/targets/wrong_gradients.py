"""Wrong gradients of a network that has been checked: whether they are caught, and what they are called."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lstmcheck.judge.diagnosis_result import Diagnosis
from lstmcheck.judge.results import Report
from lstmcheck.judge.verdict import Verdict
from lstmcheck.lstm.types import Arrays
from lstmcheck.mistakes.diagnosis.diagnosis import diagnose


def diagnosed(report: Report, found: Arrays) -> Diagnosis:
    """What is said of other gradients of the same network: its references stay as they are."""
    blocks = tuple(replace(gate, verdict=Verdict.FAIL) for gate in report.blocks)
    return diagnose(replace(report, values=replace(report.values, analytic=found), blocks=blocks))


def is_caught(report: Report, found: Arrays) -> bool:
    """Whether some entry is off by more than its reference may be, and a thousandth of its array."""
    values = report.values
    return any(
        bool((np.abs(found[name] - r) - values.uncertainty[name] > 1e-3 * np.abs(r).max()).any())
        for name, r in values.reference.items()
    )
