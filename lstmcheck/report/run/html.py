"""The report in a notebook: the table with its colours."""

from __future__ import annotations

import io

from rich.console import Console

from lstmcheck.judge.results import Report
from lstmcheck.report.run.text import OFF_TERMINAL, render

FRAME = '<pre style="white-space: pre; overflow-x: auto; line-height: 1.2">{code}</pre>'


def fragment(report: Report) -> str:
    """An HTML fragment, styled inline."""
    console = Console(record=True, file=io.StringIO(), width=OFF_TERMINAL, force_terminal=True)
    console.print(render(report, console, command=f"check({report.config.name!r})", verbose=False))
    return console.export_html(inline_styles=True, code_format=FRAME)
