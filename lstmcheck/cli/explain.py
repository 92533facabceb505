"""The work of `lstmcheck explain` and `flow`."""

from __future__ import annotations

import math
import sys
from pathlib import Path

from lstmcheck.arrays.make_case import make_case
from lstmcheck.cli.app import pipe_may_close
from lstmcheck.cli.commands import NotationName, TextOrMarkdown, Topic
from lstmcheck.cli.options import TextOrJson
from lstmcheck.config import Config, load
from lstmcheck.errors import LstmcheckError
from lstmcheck.explain.derivation import derive
from lstmcheck.explain.flow import Flow, flows
from lstmcheck.explain.forget_biases import cases_by_bias
from lstmcheck.judge.memory import refuse_what_cannot_fit
from lstmcheck.report import derivation
from lstmcheck.report.flow import json as flow_json
from lstmcheck.report.flow import plot as flow_plot
from lstmcheck.report.flow import text as flow_text
from lstmcheck.report.run.text import make_console
from lstmcheck.report.sweep.plot import refuse_unplottable


def explain(
    config: str,
    seed: int | None,
    overrides: list[str] | None,
    topic: list[Topic] | None,
    time: int | None,
    notation: NotationName,
    output_format: TextOrMarkdown,
) -> None:
    """The derivation, on stdout."""
    loaded = load(config, seed=seed, overrides=overrides or [])
    refuse_what_cannot_fit(loaded)
    topics = [str(each) for each in topic or []]
    document = derive(make_case(loaded), loaded.name, topics=topics, time=time, notation=str(notation))
    with pipe_may_close():
        if output_format is TextOrMarkdown.MARKDOWN:
            sys.stdout.write(derivation.markdown(document))
        else:
            console = make_console()
            console.print(derivation.render(document, console))


def flow(
    config: str,
    seed: int | None,
    overrides: list[str] | None,
    forget_bias: str | None,
    plot: Path | None,
    output_format: TextOrJson,
) -> None:
    """The flow on stdout, and as a picture."""
    biases = _biases(forget_bias)
    loaded = load(config, seed=seed, overrides=overrides or [])
    if plot is not None:
        refuse_unplottable(plot)

    refuse_what_cannot_fit(loaded)
    cases = cases_by_bias(loaded, biases) if biases else {loaded.lstm.forget_bias: make_case(loaded)}
    found = flows(cases, seed=loaded.seed)
    if plot is not None:
        flow_plot.write(loaded.name, found, plot)
    _print_flow(loaded, found, output_format)


def _print_flow(config: Config, found: list[Flow], output_format: TextOrJson) -> None:
    with pipe_may_close():
        if output_format is TextOrJson.JSON:
            sys.stdout.write(flow_json.dumps(config, found))
        else:
            console = make_console()
            console.print(flow_text.render(config, found, console))


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
