"""Markdown, for a pull request, a step's summary or a document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lstmcheck.judge.verdict import Verdict
from lstmcheck.report import canvas
from lstmcheck.report.chart import Plot
from lstmcheck.report.content import (
    Banner,
    Block,
    Charts,
    Content,
    Fence,
    Folded,
    Formulas,
    Heading,
    Line,
    Prose,
    Summary,
)
from lstmcheck.report.picture import Pictures
from lstmcheck.report.table import Column, Table, TableCell

MARKS = {Verdict.PASS: "✅ pass", Verdict.FAIL: "❌ fail", Verdict.INCONCLUSIVE: "❔ inconclusive"}


def export(content: Content) -> Iterator[str]:
    """The blocks of the content's page."""
    yield from write(content.page())


def write(blocks: Iterable[Block]) -> Iterator[str]:
    """A blank line after each: what is appended later stays apart."""
    for block in blocks:
        yield f"{_rendered(block)}\n\n"


def _rendered(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"{'#' * level} {_on_one_line(text)}"
        case Line(text) | Prose(text):
            return _on_one_line(text)
        case Fence(text, language):
            return f"```{language}\n{text}\n```"
        case Banner(verdict, cause, text):
            return f"{MARKS[verdict]}: {f'{cause}: ' if cause else ''}{text}"
        case Charts(charts, text):
            drawn = ["\n".join(canvas.lines(each, None)) for each in charts if isinstance(each, Plot)]
            return "\n\n".join([*(f"```\n{each}\n```" for each in drawn), *text])
        case Folded(title, inside):
            return "\n\n".join([title, *map(_rendered, inside)])
        case Formulas(lines):
            return _formulas(lines)
        case Pictures():
            return f"```\n{block.text()}\n```"
        case Summary(verdict, text):
            return f"{MARKS[verdict]}: {text}"
        case Table():
            return "\n".join(_table(block))


def _formulas(lines: Sequence[str]) -> str:
    """Below each other at their equals signs, where there are several.

    `\\cr` ends a line as two backslashes do, of which Markdown would take one away.
    """
    if len(lines) == 1:
        return f"$$\n{lines[0]}\n$$"
    aligned = " \\cr\n".join(line.replace("=", "&=", 1) for line in lines)
    return f"$$\n\\begin{{aligned}}\n{aligned}\n\\end{{aligned}}\n$$"


def _table(table: Table) -> Iterator[str]:
    yield _row([column.title for column in table.columns])
    yield _aligned_rule(table) if table.aligned else f"|{'---|' * len(table.columns)}"
    for cells in table.rows:
        yield _row([_cell(*each) for each in zip(table.columns, cells, strict=True)])


def _aligned_rule(table: Table) -> str:
    return _row(["--:" if column.right else ":--" for column in table.columns])


def _on_one_line(text: str) -> str:
    return text.replace("\n", " ")


def _cell(column: Column, cell: TableCell) -> str:
    if cell.verdict is not None:
        return MARKS[cell.verdict]
    text = cell.text.replace("|", "\\|")
    return f"`{text}`" if column.code and text else text


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(_on_one_line, cells))} |"
