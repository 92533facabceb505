"""A page in Markdown for each target, for whoever has written it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain, count
from pathlib import Path

from lstmcheck.errors import LstmcheckError
from lstmcheck.marking.mark_record import MarkRecord
from lstmcheck.report.formats import markdown
from lstmcheck.report.marking.content import TargetContent


class Feedback:
    """A folder of pages, each written as soon as its target has been checked."""

    def __init__(self, folder: Path, targets: Sequence[str]) -> None:
        """`targets`: the names of all. Raises LstmcheckError for a folder that cannot be had."""
        self.folder = folder
        self._pages = _pages(targets)
        self._records: dict[str, dict[str, MarkRecord]] = defaultdict(dict)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._refused(error) from None

    def write(self, record: MarkRecord) -> None:
        """The page of a record's target: all its configurations so far. Raises LstmcheckError."""
        own = self._records[record.target]
        own[record.configuration] = record
        blocks = [block for each in own.values() for block in TargetContent(each).page()]
        try:
            path = self.folder / self._pages[record.target]
            path.write_text("".join(markdown.write(blocks)), encoding="utf-8")
        except OSError as error:
            raise self._refused(error) from None

    def _refused(self, error: OSError) -> LstmcheckError:
        what = f"no pages can be written there: {(error.strerror or str(error)).lower()}."
        return LstmcheckError(what, where=f"--feedback {self.folder}", remedy="Name another folder.")


def _pages(targets: Sequence[str]) -> dict[str, str]:
    """A file name for each target: `alice.md`, `alice_lstm.md` of alice/lstm.py; no two alike."""
    pages: dict[str, str] = {}
    for name in targets:
        whole = name.replace("/", "_")
        taken = {page.lower() for page in pages.values()}
        numbered = (f"{whole}-{k}" for k in count(2))
        stems = chain((str(Path(whole).with_suffix("")), whole), numbered)
        pages[name] = next(f"{stem}.md" for stem in stems if f"{stem}.md".lower() not in taken)
    return pages
