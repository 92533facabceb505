"""Text for a terminal or a pipe. Numbers are never cut: on a narrow terminal columns go below each other."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len, set_cell_size
from rich.console import Console, Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from lstmcheck.judge.verdict import Verdict
from lstmcheck.report import canvas
from lstmcheck.report.chart import Plot
from lstmcheck.report.content import Block, Charts, Content, Fence, Heading, Line, Prose, Summary
from lstmcheck.report.picture import ASCII_SHADES, SHADES, Pictures
from lstmcheck.report.table import Column, Table, TableCell

STYLES = {Verdict.PASS: "green", Verdict.FAIL: "bold red", Verdict.INCONCLUSIVE: "yellow", None: ""}
SIGNS = {Verdict.PASS: "✓ ", Verdict.FAIL: "✗ ", Verdict.INCONCLUSIVE: "? "}
"""Beside the colour, which not everybody sees."""
NARROWEST = 40
"""Columns below which cells would be cut: a terminal that has less wraps lines itself."""
OFF_TERMINAL = 1000
"""A pipe or a file is as wide as need be: nothing is wrapped or cut."""
PROSE = 92
"""Columns of prose: longer lines are hard to read."""
GAP = 2
"""Between two columns of a table."""
SHORTEST, LONGEST = 20, 60
"""Columns that a text which may be cut keeps at least, and at most."""
SECOND_COLUMN = re.compile(r"\s*(\S+ {2,}|(- |\* |[✓✗?] |wrong: |right: ))")
"""What stands before a line's second column."""


@dataclass(frozen=True)
class Screen:
    """What it has room for, in columns or without an end, and which signs it can show."""

    room: int | None
    ascii_only: bool

    def sign(self, verdict: Verdict | None) -> str:
        """That stands before what a verdict is told of."""
        return "" if verdict is None or self.ascii_only else SIGNS[verdict]

    @property
    def shades(self) -> str:
        return ASCII_SHADES if self.ascii_only else SHADES

    @property
    def rule(self) -> str:
        return "=-" if self.ascii_only else "═─"


def show(content: Content, *, brief: bool = False) -> None:
    """Print on stdout, as its terminal can take it; `brief`: one line."""
    console = make_console()
    console.print(_summary(content.brief()) if brief else render(content, console))


def export(content: Content) -> Iterator[str]:
    """What a pipe gets."""
    console = Console(file=io.StringIO(), width=OFF_TERMINAL, highlight=False, soft_wrap=True)
    with console.capture() as captured:
        console.print(render(content, console))
    yield captured.get()


class _Console(Console):
    def on_broken_pipe(self) -> None:
        # rich would exit with 1, which here means a wrong gradient.
        raise BrokenPipeError


def make_console() -> Console:
    """A console that cuts nothing off a terminal."""
    console = _Console(highlight=False, soft_wrap=True)
    console.width = max(console.width, NARROWEST) if console.is_terminal else OFF_TERMINAL
    return console


def render(content: Content, console: Console) -> RenderableType:
    """All blocks of the content's screen."""
    screen = Screen(console.width if console.is_terminal else None, console.options.ascii_only)
    return Group(*(part for block in content.screen(screen.room) for part in _rendered(block, screen)))


def _rendered(block: Block, screen: Screen) -> Iterator[RenderableType]:
    match block:
        case Heading(text, level):
            rule = screen.rule[0 if level == 1 else 1] * min(len(text), screen.room or len(text))
            yield Text(f"{wrapped(text, screen.room)}\n{rule}", style="bold")
        case Line():
            yield _line(block, screen)
        case Prose(text):
            yield Text(textwrap.fill(text, min(screen.room or PROSE, PROSE), break_long_words=False))
        case Fence(text):
            yield Text(text)
        case Charts(charts):
            yield from (
                Text("\n".join(canvas.lines(each, screen.room))) for each in charts if isinstance(each, Plot)
            )
        case Pictures():
            yield Text(block.text(screen.shades))
        case Summary():
            yield _summary(block, screen.room)
        case Table():
            parts = list(_fitting(block, screen))
            if any(not _fits(part, screen) for part in parts):
                yield Text("\n".join(_one_below_the_other(block, screen)))
                return
            for position, part in enumerate(parts):
                if position:
                    yield Text("")
                yield _rich_table(part, screen)


def wrapped(text: str, room: int | None) -> str:
    """Lines that fit; what is left of one goes below its second column, or is indented further."""
    if room is None:
        return text
    return "\n".join(_wrapped(line, room) for line in text.split("\n"))


def _wrapped(line: str, room: int) -> str:
    if cell_len(line) <= room:
        return line
    before = SECOND_COLUMN.match(line)
    indent = len(before[0]) if before else len(line) - len(line.lstrip()) + 2
    if indent > room // 2:
        indent = 4
    return textwrap.fill(
        line, room, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False
    )


def _line(line: Line, screen: Screen) -> Text:
    text = wrapped(screen.sign(line.verdict) + line.text, screen.room)
    if line.strong:
        return Text(text, style=STYLES[line.verdict] or "bold")
    if line.faint:
        return Text(text, style="dim")
    shown = Text(text)
    shown.stylize(STYLES[line.verdict], 0, len(screen.sign(line.verdict)))
    return shown


def _summary(summary: Summary, room: int | None = None) -> Text:
    name = "" if summary.name is None else f"{summary.name}: "
    verdict = summary.verdict.value
    shown = Text(wrapped(f"{name}{verdict}: {summary.text}", room))
    end = len(name) + len(verdict)
    shown.stylize(STYLES[summary.verdict], len(name), end)
    if summary.faint:
        shown.stylize("dim", end)
    return shown


def _fitting(table: Table, screen: Screen) -> Iterator[Table]:
    """The table as it is, without what is optional, or in parts that each begin with its keys."""
    table = _shortened(table, LONGEST)
    widths, room = _widths(table, screen), screen.room
    kept = list(range(len(widths)))
    for rank in sorted({column.optional for column in table.columns} - {0}, reverse=True):
        if room is None or _width(kept, widths) <= room:
            break
        kept = [k for k in kept if table.columns[k].optional < rank]
    if room and _width(kept, widths) > room:
        rigid = [k for k in kept if not table.columns[k].shortens]
        table = _shortened(table, max(SHORTEST, room - _width(rigid, widths) - GAP))
        widths = _widths(table, screen)
    part = kept[: table.keys]
    for position in kept[table.keys :]:
        if room and len(part) > table.keys and _width([*part, position], widths) > room:
            yield table.select(part)
            part = kept[: table.keys]
        part.append(position)
    yield table.select(part)


def _shortened(table: Table, most: int) -> Table:
    """With texts of at most so many columns, where they may be cut."""
    may = [column.shortens for column in table.columns]
    if not any(may):
        return table
    rows = (
        tuple(
            replace(cell, text=_cut(cell.text, most)) if cut else cell
            for cell, cut in zip(r, may, strict=True)
        )
        for r in table.rows
    )
    return replace(table, rows=tuple(rows))


def _cut(text: str, most: int) -> str:
    return text if cell_len(text) <= most else f"{set_cell_size(text, most - 1).rstrip()}…"


def _widths(table: Table, screen: Screen) -> list[int]:
    """Columns of the screen that each column of the table takes."""
    texts = [[column.title] for column in table.columns]
    for cells in table.rows:
        for column, cell, listed in zip(table.columns, cells, texts, strict=True):
            listed.append(_text(column, cell, screen))
    return [max(map(cell_len, listed)) for listed in texts]


def _width(positions: list[int], widths: list[int]) -> int:
    return sum(widths[k] for k in positions) + GAP * (len(positions) - 1)


def _fits(table: Table, screen: Screen) -> bool:
    widths = _widths(table, screen)
    return screen.room is None or _width(list(range(len(widths))), widths) <= screen.room


def _one_below_the_other(table: Table, screen: Screen) -> Iterator[str]:
    """Each row as a paragraph, a line for each cell: where not even one column fits beside the keys."""
    for cells in table.rows:
        named = [(c.title, _text(c, cell, screen)) for c, cell in zip(table.columns, cells, strict=True)]
        keys = [f"{title} {text}" for title, text in named[: table.keys]]
        yield wrapped(" · ".join(keys), screen.room)
        yield from (wrapped(f"  {title}: {text}", screen.room) for title, text in named[table.keys :] if text)


def _text(column: Column, cell: TableCell, screen: Screen) -> str:
    return f"{screen.sign(cell.verdict) if column.signed else ''}{cell.text}"


def _rich_table(table: Table, screen: Screen) -> RichTable:
    # The box has a column of its own between two.
    drawn = RichTable(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, GAP - 1, 0, 0))
    for column in table.columns:
        justify = "right" if column.right else "left"
        drawn.add_column(Text(column.title), justify=justify, no_wrap=True)  # type: ignore[arg-type]
    for position, cells in enumerate(table.rows):
        faint = position in table.faint
        texts = (
            Text(_text(column, cell, screen), style="dim" if faint else STYLES[cell.verdict])
            for column, cell in zip(table.columns, cells, strict=True)
        )
        drawn.add_row(*texts, end_section=position in table.section_ends)
    return drawn
