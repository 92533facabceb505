"""Which known mistakes a target could have where it returns or takes no gradient."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lstmcheck.mistakes.audit import Sight
from lstmcheck.mistakes.catalogue import applicable
from lstmcheck.mistakes.replay import Replay
from lstmcheck.results import Report


def with_hidden_mistakes(report: Report) -> Report:
    """The report of a target with the mistakes that only what it lacks would show."""
    if report.target is None or not report.not_covered:
        return report
    with np.errstate(all="ignore"):
        everything = Sight(report.config)
        covered = Sight(report.config, _covered(report))
        hidden = [
            mistake.id
            for mistake in applicable(report.config)
            if everything.catches(mistake.backward) and not covered.catches(mistake.backward)
        ]
    return replace(report, target=replace(report.target, hidden=tuple(hidden)))


def _covered(report: Report) -> Replay:
    """The target's own case, and the entries of it that were checked."""
    checked = {name: np.isfinite(found) for name, found in report.values.reference.items()}
    return Replay(report.config, report.case, checked)
