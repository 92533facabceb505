"""What checks of many targets add up to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from lstmcheck.judge.verdict import Verdict
from lstmcheck.marking.mark_record import MARKS, MarkRecord
from lstmcheck.marking.mark_store import MarkStore


@dataclass(frozen=True)
class Marks:
    """Records in the order of their verdicts, without what is large, and how many are to come."""

    records: tuple[MarkRecord, ...]
    store: MarkStore

    @property
    def missing(self) -> int:
        """Cases that have no record: the work was interrupted."""
        return len(self.store.cases) - len(self.records)

    def in_full(self, record: MarkRecord) -> MarkRecord:
        """With all that is kept of it."""
        return self.store.record(record.case)

    @property
    def counts(self) -> Counter[str]:
        """Cases by verdict."""
        return Counter(record.mark for record in self.records)

    @property
    def verdict(self) -> Verdict:
        """The worst of all; what could not be checked, or has not been, may be wrong."""
        worst = (Verdict.INCONCLUSIVE if mark == "error" else Verdict(mark) for mark in self.counts)
        return Verdict.worst([*worst, Verdict.INCONCLUSIVE if self.missing else Verdict.PASS])

    @property
    def bugs(self) -> list[str]:
        """Tracebacks of what went wrong in lstmcheck itself, each once."""
        return list(dict.fromkeys(record.bug for record in self.records if record.bug))

    @property
    def seconds(self) -> float:
        """Of work."""
        return sum(record.seconds for record in self.records)

    @property
    def several_configurations(self) -> bool:
        return len(self.store.cases.configs) > 1


def marks_of(store: MarkStore) -> Marks:
    """Sorted by verdict, then by name."""
    return Marks(tuple(sorted((record.brief for record in store.records()), key=_order)), store)


def _order(record: MarkRecord) -> tuple[int, str, str]:
    return MARKS.index(record.mark), record.target, record.configuration
