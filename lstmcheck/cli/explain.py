"""The work of `lstmcheck explain` and `flow`."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path

from lstmcheck.arrays.make_case import make_case
from lstmcheck.cli.app import pipe_may_close
from lstmcheck.cli.commands import NotationName, Topic
from lstmcheck.cli.outputs import Outputs
from lstmcheck.config import load
from lstmcheck.errors import LstmcheckError
from lstmcheck.explain.cell import cell_numbers
from lstmcheck.explain.derivation import derive
from lstmcheck.explain.flow import flows
from lstmcheck.explain.forget_biases import cases_by_bias
from lstmcheck.judge.memory import refuse_what_cannot_fit
from lstmcheck.report.derivation import DerivationContent
from lstmcheck.report.flow import plot as flow_plot
from lstmcheck.report.flow.content import FlowContent
from lstmcheck.report.plot_file import refuse_unplottable


def explain(
    config: str,
    seed: int | None,
    overrides: list[str] | None,
    topic: list[Topic] | None,
    time: int | None,
    notation: NotationName,
    output_format: str,
    exports: list[str] | None,
) -> None:
    """The derivation, on stdout and in files."""
    loaded = load(config, seed=seed, overrides=overrides or [])
    refuse_what_cannot_fit(loaded)
    topics = [str(each) for each in topic or []]
    with Outputs("explain", loaded.name, output_format, exports, [config]) as outputs:
        case = make_case(loaded)
        document = derive(case, loaded.name, topics=topics, time=time, notation=str(notation))
        with pipe_may_close():
            outputs.write(DerivationContent(document, partial(cell_numbers, case, time, str(notation))))


def flow(
    config: str,
    seed: int | None,
    overrides: list[str] | None,
    forget_bias: str | None,
    plot: Path | None,
    output_format: str,
    exports: list[str] | None,
) -> None:
    """The flow on stdout, in files, and as a picture."""
    biases = _biases(forget_bias)
    loaded = load(config, seed=seed, overrides=overrides or [])
    if plot is not None:
        refuse_unplottable(plot)

    refuse_what_cannot_fit(loaded)
    cases = cases_by_bias(loaded, biases) if biases else {loaded.lstm.forget_bias: make_case(loaded)}
    with Outputs("flow", loaded.name, output_format, exports, [config]) as outputs:
        compared = flows(cases, seed=loaded.seed)
        if plot is not None:
            flow_plot.write(loaded.name, compared, plot)
        with pipe_may_close():
            outputs.write(FlowContent(loaded, compared))


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
