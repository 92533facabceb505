"""`lstmcheck explain` and `flow`."""

from __future__ import annotations

import math
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lstmcheck.cli.app import app, command, pipe_may_close
from lstmcheck.cli.options import ConfigFile, Overrides, Seed
from lstmcheck.errors import LstmcheckError

if TYPE_CHECKING:
    from lstmcheck.config import Config
    from lstmcheck.explain.flow import Flow


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
    from lstmcheck.arrays.make_case import make_case
    from lstmcheck.config import load
    from lstmcheck.explain.derivation import derive
    from lstmcheck.judge.memory import refuse_what_cannot_fit
    from lstmcheck.report.derivation import markdown, render
    from lstmcheck.report.run.text import make_console

    loaded = load(config, seed=seed, overrides=overrides or [])
    refuse_what_cannot_fit(loaded)
    topics = [str(each) for each in topic or []]
    document = derive(make_case(loaded), loaded.name, topics=topics, time=time, notation=str(notation))
    with pipe_may_close():
        if output_format is ExplainFormat.MARKDOWN:
            sys.stdout.write(markdown(document))
        else:
            console = make_console()
            console.print(render(document, console))


class FlowFormat(StrEnum):
    TEXT = "text"
    JSON = "json"


@app.command()
@command
def flow(
    config: ConfigFile,
    seed: Seed = None,
    overrides: Overrides = None,
    forget_bias: Annotated[
        str | None, typer.Option(metavar="A,B,…", help="Forget biases to compare, e.g. -1,0,1,3.")
    ] = None,
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="Also draw it: an .svg or .png.")] = None,
    output_format: Annotated[FlowFormat, typer.Option(help="What goes to stdout.")] = FlowFormat.TEXT,
) -> None:
    """How gradients survive over time: the error carousel beside a plain tanh network."""
    from lstmcheck.config import load

    biases = _biases(forget_bias)
    loaded = load(config, seed=seed, overrides=overrides or [])
    if plot is not None:
        from lstmcheck.report.sweep.plot import refuse_unplottable

        refuse_unplottable(plot)
    from lstmcheck.arrays.make_case import make_case
    from lstmcheck.explain.biases import cases_by_bias
    from lstmcheck.explain.flow import flows
    from lstmcheck.judge.memory import refuse_what_cannot_fit

    refuse_what_cannot_fit(loaded)
    cases = cases_by_bias(loaded, biases) if biases else {loaded.lstm.forget_bias: make_case(loaded)}
    found = flows(cases, seed=loaded.seed)
    if plot is not None:
        from lstmcheck.report.flow.plot import write

        write(loaded.name, found, plot)
    _print_flow(loaded, found, output_format)


def _print_flow(config: Config, found: list[Flow], output_format: FlowFormat) -> None:
    with pipe_may_close():
        if output_format is FlowFormat.JSON:
            from lstmcheck.report.flow.json import dumps

            sys.stdout.write(dumps(config, found))
        else:
            from lstmcheck.report.flow.text import render
            from lstmcheck.report.run.text import make_console

            console = make_console()
            console.print(render(config, found, console))


def _biases(text: str | None) -> list[float]:
    """The numbers in `-1,0,1,3`, each once."""
    try:
        found = [] if text is None else [float(word) for word in text.split(",")]
    except ValueError:
        found = [math.nan]
    if not all(map(math.isfinite, found)):
        raise LstmcheckError(
            f"expected finite numbers with commas between, got {text!r}.",
            where="--forget-bias",
            remedy="For example --forget-bias -1,0,1,3.",
        )
    return list(dict.fromkeys(found))
