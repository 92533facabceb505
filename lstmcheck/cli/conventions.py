"""`lstmcheck conventions`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from lstmcheck.cli.app import app, command, pipe_may_close
from lstmcheck.cli.mistakes import TextOrJson


@app.command()
@command
def conventions(
    output_format: Annotated[TextOrJson, typer.Option(help="What goes to stdout.")] = TextOrJson.TEXT,
) -> None:
    """List how frameworks and courses lay out the parameters of an LSTM."""
    from lstmcheck.report import conventions as told
    from lstmcheck.report.run.text import make_console

    with pipe_may_close():
        if output_format is TextOrJson.JSON:
            sys.stdout.write(told.dumps())
        else:
            console = make_console()
            console.print(told.render(console))
