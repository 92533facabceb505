"""Each kind of block as HTML. Everything that a report says is escaped."""

from __future__ import annotations

import re
from itertools import count

from markupsafe import Markup, escape

from lstmcheck.report.content import (
    COMMAND,
    Banner,
    Block,
    Charts,
    Fence,
    Folded,
    Formulas,
    Heading,
    Line,
    Prose,
    Summary,
)
from lstmcheck.report.html import charts, mathematics
from lstmcheck.report.html.marks import MARKS
from lstmcheck.report.html.tables import table
from lstmcheck.report.picture import Pictures
from lstmcheck.report.table import Table

BANNER = Markup(
    '<div class="banner {verdict}"><p class="verdict"><span aria-hidden="true">{mark}</span>'
    " {headline}</p>{cause}{text}</div>"
)
NEGATIVE_POWER = re.compile(r"(\d)e-(\d)")
"""A minus sign does not part from its digits at the end of a line, as a hyphen does."""


class Writer:
    """Writes blocks, one after the other; `tex`: what stands between dollar signs is mathematics."""

    def __init__(self, *, tex: bool) -> None:
        self.tex = tex
        self._numbers = count(1)
        self._last_heading = "Table"

    def write(self, block: Block) -> Markup:
        """One block."""
        match block:
            case Banner():
                return self._banner(block)
            case Charts(pictures, text):
                told = Markup("").join(Markup("<p>{}</p>").format(self.words(each)) for each in text)
                beside = Markup('<div class="told">{}</div>').format(told) if text else Markup("")
                drawn = Markup("").join(charts.figure(chart) for chart in pictures)
                return Markup('<div class="charts">{}{}</div>').format(drawn, beside)
            case Heading():
                return self._heading(block)
            case Line(text, strong=True):
                self._last_heading = self.plain(text)
                return Markup("<p><b>{}</b></p>").format(self.words(text))
            case Line(text) | Prose(text):
                return Markup("<p>{}</p>").format(self.words(text)) if text else Markup("")
            case Fence(text, language):
                kind = Markup(' class="command"') if language == COMMAND else ""
                return Markup('<pre tabindex="0"{}>{}</pre>').format(kind, text)
            case Folded(title, inside):
                parts = Markup("").join(map(self.write, inside))
                return Markup("<details><summary>{}</summary>{}</details>").format(title, parts)
            case Formulas(lines):
                return Markup("").join(map(mathematics.block, lines))
            case Pictures():
                return Markup('<pre tabindex="0">{}</pre>').format(block.text())
            case Summary(verdict, text):
                return self._banner(Banner(verdict, "", text))
            case Table():
                return table(block, self._last_heading, self.words)

    def words(self, text: str) -> Markup:
        """A sentence."""
        text = NEGATIVE_POWER.sub("\\1e−\\2", text)
        return mathematics.inline(text) if self.tex else escape(text)

    def plain(self, text: str) -> str:
        """The same without mathematics."""
        return mathematics.plain(text) if self.tex else text

    def _heading(self, heading: Heading) -> Markup:
        level = min(heading.level, 6)
        self._last_heading = self.plain(heading.text)
        # The title is a name of the user's, in which dollar signs are dollar signs.
        text = self.words(heading.text) if level > 1 else escape(heading.text)
        return Markup('<h{} id="part-{}">{}</h{}>').format(level, next(self._numbers), text, level)

    def _banner(self, banner: Banner) -> Markup:
        cause = Markup('<p class="cause">{}</p>').format(banner.cause) if banner.cause else Markup("")
        text = Markup("<p>{}</p>").format(banner.text) if banner.text else Markup("")
        return BANNER.format(
            verdict=banner.verdict.value,
            mark=MARKS[banner.verdict],
            headline=banner.headline or banner.verdict.value,
            cause=cause,
            text=text,
        )
