"""Which known mistakes a target could have where it returns or takes no gradient."""

from __future__ import annotations

import numpy as np

from lstmcheck.judge.results import Report
from lstmcheck.mistakes.audit import Sight
from lstmcheck.mistakes.catalogue import applicable
from lstmcheck.mistakes.diagnosis.replay import Replay


def hidden_mistakes(report: Report) -> tuple[str, ...]:
    """Names of those that only what is not covered would show, of a target's report."""
    with np.errstate(all="ignore"):
        everything = Sight(report.config)
        covered = Sight(report.config, _covered(report))
        return tuple(
            mistake.id
            for mistake in applicable(report.config)
            if everything.catches(mistake.backward) and not covered.catches(mistake.backward)
        )


def _covered(report: Report) -> Replay:
    """The target's own case, and the entries of it that were checked."""
    checked = {name: np.isfinite(found) for name, found in report.values.reference.items()}
    return Replay(report.config, report.case, checked)
