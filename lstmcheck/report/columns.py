"""Tables whose numbers are never cut: on a narrow terminal the columns go below each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

GAP = 3
"""Between two columns."""


@dataclass(frozen=True)
class Column:
    """A title and its cells."""

    title: str
    cells: tuple[str, ...]
    right: bool = True

    @property
    def width(self) -> int:
        return max(cell_len(text) for text in (self.title, *self.cells))


def tables(columns: Sequence[Column], console: Console, *, section_before_last: bool = False) -> list[Table]:
    """One table, or as many as the terminal's width asks for, each beginning with the first column."""
    first, *others = columns
    room = console.width if console.is_terminal else None
    return [_table([first, *part], section_before_last) for part in _parts(first, others, room)]


def _parts(first: Column, others: Sequence[Column], room: int | None) -> Iterator[list[Column]]:
    part: list[Column] = []
    used = first.width
    for column in others:
        if part and room is not None and used + GAP + column.width > room:
            yield part
            part, used = [], first.width
        part.append(column)
        used += GAP + column.width
    yield part


def _table(columns: Sequence[Column], section_before_last: bool) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        justify = "right" if column.right else "left"
        table.add_column(Text(column.title), justify=justify, no_wrap=True)  # type: ignore[arg-type]
    rows = list(zip(*(column.cells for column in columns), strict=True))
    for position, row in enumerate(rows):
        table.add_row(*map(Text, row), end_section=section_before_last and position == len(rows) - 2)
    return table
