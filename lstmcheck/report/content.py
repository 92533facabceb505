"""What a command has found out, before it has a format: each kind of report is a `Content`.

Formats ask a content for the form that suits them, so that neither knows how many there are of the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from lstmcheck.config.place import Place
from lstmcheck.judge.verdict import Verdict
from lstmcheck.lstm.types import Arrays
from lstmcheck.report.chart import Chart
from lstmcheck.report.picture import Pictures
from lstmcheck.report.table import Table


@dataclass(frozen=True)
class Heading:
    """Of a section; level 1 is the whole."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Line:
    """A line, or several. Only a terminal that is narrower wraps them: programs find each whole."""

    text: str = ""
    strong: bool = False
    faint: bool = False
    verdict: Verdict | None = None
    """Whose sign stands before it, where it tells one."""


@dataclass(frozen=True)
class Prose:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Fence:
    """Text that stays as it is, in a language or in none."""

    text: str
    language: str = ""


COMMAND = "sh"
"""The language of what can be typed."""


@dataclass(frozen=True)
class Summary:
    """The verdict and what stands behind it, in a line; of which of several, if that must be told."""

    verdict: Verdict
    text: str
    name: str | None = None
    faint: bool = False
    """Whether all but the verdict stands back: what it rests on has been told."""


@dataclass(frozen=True)
class Banner:
    """A verdict to be seen from across the room, its cause if it has a name, and what stands behind it."""

    verdict: Verdict
    cause: str
    text: str
    headline: str = ""
    """In the place of the verdict's word."""


@dataclass(frozen=True)
class Formulas:
    """TeX, one equation each."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Charts:
    """Pictures that belong beside each other, and paragraphs about them."""

    charts: tuple[Chart, ...]
    text: tuple[str, ...] = ()


@dataclass(frozen=True)
class Folded:
    """What few want to see, below a title that opens it."""

    title: str
    inside: tuple[Fence | Prose | Table, ...]


Block = Banner | Charts | Fence | Folded | Formulas | Heading | Line | Pictures | Prose | Summary | Table


def lowered(block: Block) -> Block:
    """A heading one level further down: of one report among several."""
    return replace(block, level=block.level + 1) if isinstance(block, Heading) else block


@dataclass(frozen=True)
class Finding:
    """One gate of a run or one case of a sweep, as tools want it that know tests or annotations."""

    suite: str
    name: str
    verdict: Verdict | None
    """None: skipped."""
    message: str
    seconds: float | None
    """Its own time; None where only that of the whole suite is known."""
    place: Place | None
    total: float | None = None
    """Seconds of the suite, where its findings have no time of their own."""
    stopped: bool = False
    """Whether nothing could be checked at all."""
    rule: str = "gradient"
    """What it is about: what is asked of a target, or `line`, `run`."""
    also: tuple[Place, ...] = ()
    """Where it may be as well."""


def without_result(suite: str, count: int, place: Place | None = None) -> Finding:
    """What stands for cases that were not reached: a list that ends before them must not look whole."""
    message = f"{count:,} cases have no result: the work was ended before them"
    verdict = Verdict.INCONCLUSIVE
    return Finding(suite, "missing", verdict, message, 0.0, place, stopped=True, rule="missing")


class Content:
    """One kind of report, in the forms that the formats of its command ask for."""

    tex: ClassVar[bool] = False
    """Whether its words hold TeX between dollar signs, on pages that are read as such."""

    def brief(self) -> Summary:
        """The verdict in one line."""
        raise NotImplementedError

    def screen(self, room: int | None) -> Iterator[Block]:
        """For a terminal with so many columns, or for a pipe: the verdict comes last, above the prompt."""
        raise NotImplementedError

    def page(self) -> Iterator[Block]:
        """For a document: the verdict comes first."""
        raise NotImplementedError

    def web(self) -> Iterator[Block]:
        """For a browser, with pictures, the title first; where a content has none: its page."""
        page = list(self.page())
        above = next(block.level for block in page if isinstance(block, Heading)) - 1
        for block in page:
            yield replace(block, level=block.level - above) if isinstance(block, Heading) else block

    def document(self) -> Mapping[str, Any]:
        """For programs: plain values, None for what is not finite. The last may be an iterator of many."""
        raise NotImplementedError

    def records(self) -> Iterator[Mapping[str, Any]]:
        """The same in parts, for programs that read line by line."""
        raise NotImplementedError

    def findings(self) -> Iterator[Finding]:
        """What there is a verdict on, one by one."""
        raise NotImplementedError

    def results(self) -> Iterator[Finding]:
        """What did not pass, each thing told once: for tools that show results beside the code."""
        for finding in self.findings():
            if finding.verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE):
                yield finding

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """The same for a spreadsheet: all with the same titles, in the same order."""
        raise NotImplementedError

    def arrays(self) -> Iterator[Mapping[str, Arrays]]:
        """The numbers behind each report, in groups."""
        raise NotImplementedError
