"""The work of `lstmcheck conventions`."""

from __future__ import annotations

import sys

from lstmcheck.cli.app import pipe_may_close
from lstmcheck.cli.options import TextOrJson
from lstmcheck.report.conventions import dumps, render
from lstmcheck.report.run.text import make_console


def conventions(output_format: TextOrJson) -> None:
    """The table on stdout."""
    with pipe_may_close():
        if output_format is TextOrJson.JSON:
            sys.stdout.write(dumps())
        else:
            console = make_console()
            console.print(render(console))
