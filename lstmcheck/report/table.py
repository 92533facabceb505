"""A table before it has a format: columns, rows, and the verdict that a cell is coloured by."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lstmcheck.judge.verdict import Verdict


@dataclass(frozen=True)
class Column:
    """What one column is called and how its cells are set."""

    title: str
    right: bool = False
    code: bool = False
    """Whether its cells are names that programs know."""
    optional: int = 0
    """What a terminal that is too narrow for the whole table does without: of several the highest first."""
    signed: bool = False
    """Whether a terminal puts the sign of its verdict before each cell."""
    shortens: bool = False
    """Whether its texts may be cut there: they stand elsewhere in full."""


@dataclass(frozen=True)
class TableCell:
    """A text; the verdict it tells or belongs to, if any."""

    text: str
    verdict: Verdict | None = None
    level: int | None = None
    """The colour of a map that stands beside it, where there are colours."""


Row = tuple[TableCell, ...]


def row(*cells: str | TableCell) -> Row:
    """A row of cells and of texts without a verdict."""
    return tuple(TableCell(cell) if isinstance(cell, str) else cell for cell in cells)


@dataclass(frozen=True)
class Table:
    """Columns and rows, all of one length."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    keys: int = 1
    """Leading columns that tell rows apart: a table that goes on below itself repeats them."""
    section_ends: frozenset[int] = frozenset()
    """Positions of rows below which there is a gap."""
    faint: frozenset[int] = frozenset()
    """Positions of rows that stand back on a screen."""
    aligned: bool = False
    """Whether a document sets columns to the right, as a screen does."""

    def without_empty_columns(self) -> Table:
        """Those in which something stands."""
        filled = [k for k in range(len(self.columns)) if any(cells[k].text for cells in self.rows)]
        return self.select(filled)

    def select(self, positions: list[int]) -> Table:
        """The columns at these positions alone."""
        columns = tuple(self.columns[k] for k in positions)
        rows = tuple(tuple(cells[k] for k in positions) for cells in self.rows)
        return replace(self, columns=columns, rows=rows)
