"""Text for a terminal or a pipe. Numbers are never cut: on a narrow terminal columns go below each other."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.content import Block, Content, Fence, Heading, Line, Prose, Summary
from lstmcheck.report.picture import ASCII_SHADES, SHADES, Pictures
from lstmcheck.report.table import Table

STYLES = {Verdict.PASS: "green", Verdict.FAIL: "bold red", Verdict.INCONCLUSIVE: "yellow", None: ""}
NARROWEST = 84
"""Columns below which cells would be cut: a terminal that has less wraps lines itself."""
OFF_TERMINAL = 1000
"""A pipe or a file is as wide as need be: nothing is wrapped or cut."""
PROSE = 92
"""Columns of prose: longer lines are hard to read."""
GAP = 3
"""Between two columns of a table."""


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
    room = console.width if console.is_terminal else None
    shades = ASCII_SHADES if console.options.ascii_only else SHADES
    return Group(*(part for block in content.screen(room) for part in _rendered(block, room, shades)))


def _rendered(block: Block, room: int | None, shades: str) -> Iterator[RenderableType]:
    match block:
        case Heading(text, level):
            yield Text(f"{text}\n{('═' if level == 1 else '─') * len(text)}", style="bold")
        case Line(text, strong):
            yield Text(text, style="bold" if strong else "")
        case Prose(text):
            yield Text(textwrap.fill(text, min(room or PROSE, PROSE), break_long_words=False))
        case Fence(text):
            yield Text(text)
        case Pictures():
            yield Text(block.text(shades))
        case Summary():
            yield _summary(block)
        case Table():
            for position, part in enumerate(_fitting(block, room)):
                if position:
                    yield Text("")
                yield _rich_table(part)


def _summary(summary: Summary) -> Text:
    name = [] if summary.name is None else [f"{summary.name}: "]
    verdict = summary.verdict.value, STYLES[summary.verdict]
    return Text.assemble(*name, verdict, ": ", summary.text)


def _fitting(table: Table, room: int | None) -> Iterator[Table]:
    """The table as it is, without what is optional, or in parts that each begin with its keys."""
    widths = _widths(table)
    every = list(range(len(widths)))
    if room is None or _width(every, widths) <= room:
        yield table
        return
    keys, rest = every[: table.keys], [k for k in every[table.keys :] if not table.columns[k].optional]
    part = list(keys)
    for position in rest:
        if len(part) > len(keys) and _width([*part, position], widths) > room:
            yield table.select(part)
            part = list(keys)
        part.append(position)
    yield table.select(part)


def _widths(table: Table) -> list[int]:
    """Columns of the screen that each column of the table takes."""
    titles = [cell_len(column.title) for column in table.columns]
    return [max([title, *(cell_len(r[k].text) for r in table.rows)]) for k, title in enumerate(titles)]


def _width(positions: list[int], widths: list[int]) -> int:
    return sum(widths[k] for k in positions) + GAP * (len(positions) - 1)


def _rich_table(table: Table) -> RichTable:
    drawn = RichTable(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in table.columns:
        justify = "right" if column.right else "left"
        drawn.add_column(Text(column.title), justify=justify, no_wrap=True)  # type: ignore[arg-type]
    for position, cells in enumerate(table.rows):
        texts = (Text(cell.text, style=STYLES[cell.verdict]) for cell in cells)
        drawn.add_row(*texts, end_section=position in table.section_ends)
    return drawn
