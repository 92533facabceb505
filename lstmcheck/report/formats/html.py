"""The report in a notebook: what a terminal shows, with its colours."""

from __future__ import annotations

import io
from collections.abc import Iterator

from rich.console import Console

from lstmcheck.report.content import Content
from lstmcheck.report.formats.text import OFF_TERMINAL, render

FRAME = '<pre style="white-space: pre; overflow-x: auto; line-height: 1.2">{code}</pre>'


def export(content: Content) -> Iterator[str]:
    """An HTML fragment, styled inline."""
    console = Console(record=True, file=io.StringIO(), width=OFF_TERMINAL, force_terminal=True)
    console.print(render(content, console))
    yield console.export_html(inline_styles=True, code_format=FRAME)
