"""A derivation on a terminal, and as markdown with TeX."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from lstmcheck.explain.document import (
    Block,
    Document,
    Equations,
    Heading,
    Sentences,
    Table,
    cell_text,
    plain,
    without_tex,
)

LINE = 92
"""Columns of prose: longer lines are hard to read."""


def render(document: Document, console: Console) -> RenderableType:
    """The document for a terminal or a pipe."""
    width = min(console.width, LINE) if console.is_terminal else LINE
    parts: list[RenderableType] = []
    for block in document:
        parts += [_text_of(block, width), Text("")]
    return Group(*parts[:-1])


def _text_of(block: Block, width: int) -> RenderableType:
    match block:
        case Heading(text, level):
            line = without_tex(text)
            return Text(f"{line}\n{('═' if level == 1 else '─') * len(line)}", style="bold")
        case Sentences(text):
            return Text(textwrap.fill(without_tex(text), width, break_long_words=False))
        case Equations(lines):
            return Text("\n".join(f"    {plain(line)}" for line in lines))
        case Table():
            return _table(block)


def _table(block: Table) -> RichTable:
    table = RichTable(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name, right in zip(block.header, _is_number(block), strict=True):
        table.add_column(Text(without_tex(name)), justify="right" if right else "left", no_wrap=True)
    for row in block.rows:
        table.add_row(*(Text(without_tex(cell_text(cell))) for cell in row))
    return table


def _is_number(block: Table) -> list[bool]:
    """Which columns hold numbers."""
    columns = range(len(block.header))
    return [any(not isinstance(row[k], str | None) for row in block.rows) for k in columns]


def markdown(document: Document) -> str:
    """The document as markdown; the mathematics is TeX between dollar signs."""
    return "\n\n".join("\n".join(_markdown_of(block)) for block in document) + "\n"


def _markdown_of(block: Block) -> Iterator[str]:
    match block:
        case Heading(text, level):
            yield f"{'#' * level} {text}"
        case Sentences(text):
            yield text
        case Equations(lines):
            for position, line in enumerate(lines):
                if position:
                    yield ""
                yield f"$${line}$$"
        case Table():
            yield _markdown_row(block.header)
            yield _markdown_row(tuple("--:" if right else ":--" for right in _is_number(block)))
            for row in block.rows:
                yield _markdown_row(tuple(map(cell_text, row)))


def _markdown_row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"
