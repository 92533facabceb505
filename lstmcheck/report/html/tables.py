"""Tables whose numbers stand below each other at the decimal point."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from markupsafe import Markup

from lstmcheck.report.html.marks import MARKS
from lstmcheck.report.table import Column, Table, TableCell

NUMBER = re.compile(r"([-−]?\d[\d,]*)(\.\d+)?(e[-+]\d+)?")

FRAME = Markup(
    '<div class="scroll" role="region" tabindex="0" aria-label="{name}"><table><caption>{name}</caption>'
    "<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
)
Words = Callable[[str], Markup]


def table(table: Table, name: str, words: Words) -> Markup:
    """With its name for those who hear it read; leading columns head their rows."""
    head = Markup("").join(
        Markup('<th scope="col"{}>{}</th>').format(_kind(column), words(column.title))
        for column in table.columns
    )
    widths = [_behind_the_point(table, k) for k in range(len(table.columns))]
    body = Markup("").join(
        _row(table, cells, widths, words, ends=k in table.section_ends) for k, cells in enumerate(table.rows)
    )
    return FRAME.format(name=name, head=head, body=body)


def _kind(column: Column) -> Markup:
    return Markup(' class="number"') if column.right else Markup("")


def _row(
    table: Table, cells: Sequence[TableCell], widths: Sequence[int], words: Words, *, ends: bool
) -> Markup:
    written = Markup("").join(
        _cell(column, cell, width, words, heads=k < table.keys)
        for k, (column, cell, width) in enumerate(zip(table.columns, cells, widths, strict=True))
    )
    return Markup("<tr{}>{}</tr>").format(Markup(' class="end"') if ends else "", written)


def _cell(column: Column, cell: TableCell, width: int, words: Words, *, heads: bool) -> Markup:
    inside = _inside(column, cell, width, words)
    if heads:
        return Markup('<th scope="row"{}>{}</th>').format(_kind(column), inside)
    return Markup("<td{}>{}</td>").format(_kind(column), inside)


def _inside(column: Column, cell: TableCell, width: int, words: Words) -> Markup:
    if cell.verdict is not None:
        kind, mark = cell.verdict.value, MARKS[cell.verdict]
        badge = '<span class="badge {}"><span aria-hidden="true">{}</span> {}</span>'
        return Markup(badge).format(kind, mark, cell.text)
    if cell.level is not None:
        return Markup('<span class="key v{}"></span> {}').format(cell.level, cell.text)
    if column.right and (found := NUMBER.fullmatch(cell.text)):
        behind = (found[2] or "") + (found[3] or "")
        whole = found[1].replace("-", "−")
        if not width:
            return Markup("{}").format(whole)
        return Markup('{}<span class="behind" style="width:{}ch">{}</span>').format(
            whole, width, behind.replace("e-", "e−")
        )
    if column.code and cell.text:
        return Markup("<code>{}</code>").format(cell.text)
    return words(cell.text)


def _behind_the_point(table: Table, column: int) -> int:
    """The most characters behind a point in a column, the point included."""
    found = (NUMBER.fullmatch(cells[column].text) for cells in table.rows)
    return max((len((each[2] or "") + (each[3] or "")) for each in found if each), default=0)
