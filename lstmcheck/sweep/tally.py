"""What a sweep adds up to, taken from its records one by one: memory does not grow with their number."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf

from lstmcheck.config import format_value
from lstmcheck.judge.verdict import Verdict
from lstmcheck.sweep.record import Record

WORST_KEPT = 40
"""Cases that a table shows; the rest are counted."""
BUGS_KEPT = 3


@dataclass
class Tally:
    """Counts by verdict, failures by axis value, the worst cases, and the smallest failing one."""

    verdicts: Counter[str] = field(default_factory=Counter)
    by_axis: dict[str, dict[str, Counter[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Counter))
    )
    skipped: Counter[str] = field(default_factory=Counter)
    not_passed: Counter[str] = field(default_factory=Counter)
    """Cases by what did not pass in them: gradient, conformance, purity, behaviours, coverage; or no
    check at all."""
    incomplete: Record | None = None
    """The first case in which something that was asked for did not come back."""
    notes: Counter[str] = field(default_factory=Counter)
    """Why cases could not be checked."""
    bugs: list[str] = field(default_factory=list)
    """Tracebacks of what went wrong in lstmcheck itself, each once."""
    entries: int = 0
    seconds: float = 0.0
    failing: Record | None = None
    """The failing case with the fewest parameters."""
    _worst: list[tuple[tuple[int, float, int], Record]] = field(default_factory=list)

    def add(self, record: Record) -> None:
        """Count a record in."""
        if record.verdict is None:
            self.skipped[str(record.skipped)] += 1
            return
        self.verdicts[record.verdict] += 1
        self.not_passed.update(record.not_passed.keys())
        if self.incomplete is None and "coverage" in record.not_passed:
            self.incomplete = record
        if record.note:
            self.notes[record.note] += 1
            self.not_passed["no check"] += 1
        if (bug := record.bug) and bug not in self.bugs and len(self.bugs) < BUGS_KEPT:
            self.bugs.append(bug)
        self.entries += record.entries
        self.seconds += record.seconds
        for key, value in record.axes.items():
            self.by_axis[key][format_value(value)][record.verdict] += 1
        self._keep_worst(record)
        if record.verdict == Verdict.FAIL and _size(record) < _size(self.failing):
            self.failing = record

    def _keep_worst(self, record: Record) -> None:
        item = severity(record), record
        if len(self._worst) < WORST_KEPT:
            heapq.heappush(self._worst, item)
        else:
            heapq.heappushpop(self._worst, item)

    @property
    def cases(self) -> int:
        return self.verdicts.total()

    @property
    def verdict(self) -> Verdict:
        """Of the whole sweep: the worst of its cases."""
        return Verdict.worst(Verdict(verdict) for verdict in self.verdicts)

    @property
    def worst(self) -> list[Record]:
        """The worst cases, the worst last."""
        return [record for _, record in sorted(self._worst, key=lambda item: item[0])]


def tally(records: Iterable[Record]) -> Tally:
    """Add records up."""
    found = Tally()
    for record in records:
        found.add(record)
    return found


def severity(record: Record) -> tuple[int, float, int]:
    """Orders cases: by verdict, then by error, then by number."""
    assert record.verdict is not None
    error = inf if record.rel_error is None else record.rel_error
    return list(Verdict).index(record.verdict), error, record.case


def _size(record: Record | None) -> tuple[float, int]:
    return (inf, 0) if record is None else (record.size, record.case)
