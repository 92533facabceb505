"""The results of many targets on disk."""

from __future__ import annotations

from pathlib import Path

from lstmcheck.marking.mark_record import MarkRecord
from lstmcheck.marking.target_cases import TargetCases
from lstmcheck.sweep.store import FORMAT, FileKind, KeptRecords, Line
from lstmcheck.sweep.sweep_store import base_config

TARGETS = FileKind("lstmcheck_targets", "many targets", "run")


class MarkStore(KeptRecords[MarkRecord]):
    """The records of many targets."""

    kind, model = TARGETS, MarkRecord

    def __init__(self, cases: TargetCases, path: Path | None, *, resume: bool = False) -> None:
        """Without a path, a temporary file. Raises LstmcheckError for a file that cannot be used."""
        self.cases = cases
        super().__init__(path, resume=resume)

    def header(self) -> Line:
        return {TARGETS.key: FORMAT, "configs": [base_config(config) for config in self.cases.configs]}

    def number_of(self, record: MarkRecord) -> int | None:
        """Wherever it stood in the list: targets may have come since."""
        return self.cases.numbers.get(record.key)
