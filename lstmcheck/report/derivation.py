"""A derivation: mathematics in plain letters on a screen, as TeX in a document."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lstmcheck.explain import blocks as explained
from lstmcheck.explain.blocks import Document, Equations, Sentences, cell_text, plain, without_tex
from lstmcheck.explain.cell import CellNumbers
from lstmcheck.report.chart import CellDrawing
from lstmcheck.report.content import Block, Charts, Content, Formulas, Heading, Line, Prose
from lstmcheck.report.table import Column, Table, row


@dataclass(frozen=True)
class DerivationContent(Content):
    """The equations of a network and their numbers."""

    derivation: Document
    cell: Callable[[], CellNumbers] | None = None
    """The step in a picture, computed where pictures are shown."""
    tex = True

    def screen(self, room: int | None) -> Iterator[Block]:
        for position, block in enumerate(self.derivation):
            if position:
                yield Line()
            match block:
                case explained.Heading(text, level):
                    yield Heading(without_tex(text), level)
                case Sentences(text):
                    yield Prose(without_tex(text))
                case Equations(lines):
                    yield Line("\n".join(f"    {plain(line)}" for line in lines))
                case explained.Table():
                    yield _table(block, without_tex)

    def page(self) -> Iterator[Block]:
        for block in self.derivation:
            match block:
                case explained.Heading(text, level):
                    yield Heading(_indexed(text), level)
                case Sentences(text):
                    yield Prose(_indexed(text))
                case Equations(lines):
                    yield Formulas(lines)
                case explained.Table():
                    yield _table(block, _indexed)

    def web(self) -> Iterator[Block]:
        drawn = self.cell is None
        for block in self.page():
            if not drawn and self.cell and isinstance(block, Heading) and block.level > 1:
                numbers = self.cell()
                gradient = f"{numbers.gradient}q"
                told = (
                    f"The numbers are those of the first unit at step {numbers.step}: a value, and below it"
                    f" {gradient}, the gradient that comes back along the same road. The thick road is the"
                    " carousel."
                )
                yield Charts((CellDrawing("The cell and its roads", numbers),))
                yield Prose(told)
                drawn = True
            yield block


def _indexed(text: str) -> str:
    """Entries in brackets as indices: `$h_{t-1}$[0]` is `${h_{t-1}}_{[0]}$`, `I[0]` is `$I_{[0]}$`."""
    text = re.sub(r"\$([^$]+)\$(\[[\d,]+\])", r"${\1}_{\2}$", text)
    return re.sub(r"\bI(\[\d+\])", r"$I_{\1}$", text)


def _table(table: explained.Table, write: Callable[[str], str]) -> Table:
    """With its words and their mathematics written in one way or the other."""
    columns = [
        Column(write(title), right=_holds_numbers(table, position))
        for position, title in enumerate(table.header)
    ]
    rows = [row(*(write(cell_text(cell)) for cell in cells)) for cells in table.rows]
    return Table(tuple(columns), tuple(rows), aligned=True)


def _holds_numbers(table: explained.Table, position: int) -> bool:
    return any(not isinstance(cells[position], str | None) for cells in table.rows)
