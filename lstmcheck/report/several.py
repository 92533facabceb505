"""What several configurations add up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lstmcheck.judge.results import NotRun, Ran

WORDS = {"pass": "passed", "fail": "failed", "inconclusive": "inconclusive", None: "could not be run"}


def total(ran: Sequence[Ran]) -> str:
    """`3 configurations: 1 passed, 1 failed, 1 could not be run`."""
    counts = Counter(None if isinstance(each, NotRun) else each.verdict.value for each in ran)
    parts = [f"{counts[verdict]} {words}" for verdict, words in WORDS.items() if counts[verdict]]
    return f"{len(ran)} configurations: {', '.join(parts)}"
