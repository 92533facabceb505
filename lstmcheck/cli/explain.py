"""`lstmcheck explain` and `flow`."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from lstmcheck.cli.app import app, command, pipe_may_close
from lstmcheck.cli.options import ConfigFile, Overrides, Seed


class Topic(StrEnum):
    INPUTS = "inputs"
    GATES = "gates"
    WEIGHTS = "weights"
    CAROUSEL = "carousel"


class NotationName(StrEnum):
    SEED = "seed"
    TORCH = "torch"
    KERAS = "keras"


class ExplainFormat(StrEnum):
    TEXT = "text"
    MARKDOWN = "markdown"


@app.command()
@command
def explain(
    config: ConfigFile,
    seed: Seed = None,
    overrides: Overrides = None,
    topic: Annotated[
        list[Topic] | None, typer.Option(help="One question instead of all four. Repeatable.")
    ] = None,
    time: Annotated[
        int | None, typer.Option(metavar="T", help="The step, from 1; by default the last but one.")
    ] = None,
    notation: Annotated[
        NotationName, typer.Option(help="Letters and order of the gates: a i f o, i f g o, or i f c o.")
    ] = NotationName.SEED,
    output_format: Annotated[ExplainFormat, typer.Option(help="What goes to stdout.")] = ExplainFormat.TEXT,
) -> None:
    """The derivation, equation by equation, with this configuration's numbers, analytic beside measured."""
    from lstmcheck.cases import make_case
    from lstmcheck.config import load
    from lstmcheck.explain.derivation import derive
    from lstmcheck.report.derivation import markdown, render
    from lstmcheck.report.text import make_console

    loaded = load(config, seed=seed, overrides=overrides or [])
    topics = [str(each) for each in topic or []]
    document = derive(make_case(loaded), loaded.name, topics=topics, time=time, notation=str(notation))
    with pipe_may_close():
        if output_format is ExplainFormat.MARKDOWN:
            sys.stdout.write(markdown(document))
        else:
            console = make_console()
            console.print(render(document, console))
