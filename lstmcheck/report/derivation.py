"""A derivation on a terminal, and as markdown with TeX."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from rich.console import Console, Group, RenderableType
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
from lstmcheck.report.columns import Column, tables

LINE = 92
"""Columns of prose: longer lines are hard to read."""


def render(document: Document, console: Console) -> RenderableType:
    """The document for a terminal or a pipe."""
    width = min(console.width, LINE) if console.is_terminal else LINE
    parts: list[RenderableType] = []
    for block in document:
        for part in _parts_of(block, console, width):
            parts += [part, Text("")]
    return Group(*parts[:-1])


def _parts_of(block: Block, console: Console, width: int) -> Sequence[RenderableType]:
    match block:
        case Heading(text, level):
            line = without_tex(text)
            return [Text(f"{line}\n{('═' if level == 1 else '─') * len(line)}", style="bold")]
        case Sentences(text):
            return [Text(textwrap.fill(without_tex(text), width, break_long_words=False))]
        case Equations(lines):
            return [Text("\n".join(f"    {plain(line)}" for line in lines))]
        case Table():
            return tables(_columns(block), console)


def _columns(block: Table) -> list[Column]:
    cells = zip(*block.rows, strict=True)
    return [
        Column(without_tex(title), tuple(without_tex(cell_text(cell)) for cell in column), right)
        for title, column, right in zip(block.header, cells, _is_number(block), strict=True)
    ]


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
