"""A flow for a browser: curves over the lag, and the numbers behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lstmcheck.config import Config
from lstmcheck.explain.flow import Curve, Flow, Spectrum
from lstmcheck.report.chart import Axis, Plot, Role, Series, Stroke
from lstmcheck.report.content import Block, Charts, Heading, Prose
from lstmcheck.report.flow import screen, words

FAINTEST = 1e-20
"""What is less is left out."""


def blocks(config: Config, flows: Sequence[Flow]) -> Iterator[Block]:
    """A pair of pictures for each forget bias, then tables."""
    yield Heading(words.title(config, flows), 1)
    yield from map(Prose, words.explanation(config, flows[0]))
    for flow in flows:
        if len(flows) > 1:
            yield Heading(f"Forget bias {flow.forget_bias:g}")
        yield Charts((_plot("Cell state: ∂c_T/∂c_t", flow, flow.cell, product=True), _hidden(flow)))
    yield Heading("In numbers")
    yield from screen.tables(flows)
    curves = [line.curve for flow in flows for line in words.lines(flow)]
    if dash := words.unknown(curves):
        yield Prose(dash)


def _hidden(flow: Flow) -> Plot:
    return _plot("Hidden state: ∂h_T/∂h_t", flow, flow.hidden, product=False)


def _plot(title: str, flow: Flow, spectrum: Spectrum, *, product: bool) -> Plot:
    series = [
        _series(flow, "LSTM, largest", spectrum.largest, "good", "solid"),
        _series(flow, "LSTM, median", spectrum.median, "good", "dashed"),
        _series(flow, "plain RNN, largest", flow.rnn.largest, "faint", "solid"),
        _series(flow, "plain RNN, median", flow.rnn.median, "faint", "dashed"),
    ]
    if product:
        series.append(_series(flow, "Πf", flow.forget_product, "bad", "dotted"))
    half = words.half_life(spectrum.median)
    return Plot(
        title,
        f"The median of the LSTM halves every {half} steps, of the plain network every"
        f" {words.half_life(flow.rnn.median)}.",
        Axis("lag T − t, in steps"),
        Axis("singular value", logarithmic=True),
        tuple(series),
    )


def _series(flow: Flow, name: str, curve: Curve, role: Role, stroke: Stroke) -> Series:
    points = ((float(lag), value) for lag, value in zip(flow.lags, curve.values, strict=True))
    return Series(name, tuple((lag, v if v >= FAINTEST else float("nan")) for lag, v in points), role, stroke)
