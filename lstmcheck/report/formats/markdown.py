"""Markdown, for a pull request, a step's summary or a document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.content import Block, Content, Fence, Heading, Line, Prose, Summary
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
        case Pictures():
            return f"```\n{block.text()}\n```"
        case Summary(verdict, text):
            return f"{MARKS[verdict]}: {text}"
        case Table():
            return "\n".join(_table(block))


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
