"""Sentences, numbers and sparklines of a flow."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from math import log10
from typing import NamedTuple

from lstmcheck.config import Config
from lstmcheck.explain.flow import Curve, Flow

LAGS = 12
BARS = "▁▂▃▄▅▆▇█"
SPARKS = 60
FAINTEST = 1e-16
"""The bottom of the sparklines at the lowest: what is less has no visible effect beside 1."""


class NamedCurve(NamedTuple):
    """One curve with its names: a long one and one for a column. `of_lstm` tells whether a bias matters."""

    name: str
    column: str
    curve: Curve
    of_lstm: bool = True


def lines(flow: Flow) -> list[NamedCurve]:
    """The seven curves of a flow."""
    return [
        NamedCurve("Πf", "Πf", flow.forget_product),
        NamedCurve("∂c_T/∂c_t, median", "∂c median", flow.cell.median),
        NamedCurve("∂c_T/∂c_t, largest", "∂c largest", flow.cell.largest),
        NamedCurve("∂h_T/∂h_t, median", "∂h median", flow.hidden.median),
        NamedCurve("∂h_T/∂h_t, largest", "∂h largest", flow.hidden.largest),
        NamedCurve("plain RNN, median", "RNN median", flow.rnn.median, of_lstm=False),
        NamedCurve("plain RNN, largest", "RNN largest", flow.rnn.largest, of_lstm=False),
    ]


def title(config: Config, flows: Sequence[Flow]) -> str:
    """Name, sizes and forget biases."""
    lstm, sequence = config.lstm, config.sequence
    biases = ", ".join(f"{flow.forget_bias:g}" for flow in flows)
    sizes = f"T={sequence.length} B={sequence.batch} D={lstm.input_size} H={lstm.hidden_size}"
    return f"{config.name}: how far gradients survive, {sizes}, forget bias {biases}"


def explanation(config: Config, flow: Flow) -> Iterator[str]:
    """What the numbers are."""
    yield (
        "At lag T − t: Πf is the product of the forget gates between t and T, its mean over units and"
        " sequences: what the carousel alone keeps. Of ∂c_T/∂c_t and ∂h_T/∂h_t, exact total derivatives"
        " through both states, the median and the largest singular value over units and sequences. The plain"
        " RNN has a tanh, as many units, weights as large, and the same inputs. A half-life is the number of"
        " steps in which a value halves, on average over all lags."
    )
    if config.lstm.num_layers > 1 or config.lstm.bidirectional:
        yield ("Shown is the first layer's forward direction. Paths through other cells are left out.")
    if flow.sequences < flow.batch:
        yield f"Of {flow.batch} sequences {flow.sequences} last to step {len(flow.lags)}; only they are used."


def unknown(curves: Sequence[Curve]) -> str | None:
    """What a dash means, where there is one."""
    if all(math.isfinite(value) for curve in curves for value in curve.values):
        return None
    return "– is too small beside the largest to be told in double precision, or not finite."


def shown_lags(length: int) -> list[int]:
    """Every lag, or some that lie about evenly on a log scale."""
    if length <= LAGS:
        return list(range(1, length + 1))
    return sorted({round(length ** (k / (LAGS - 1))) for k in range(LAGS)})


def number(value: float) -> str:
    """A value of a curve."""
    return f"{value:.3g}" if math.isfinite(value) else "–"


def half_life(curve: Curve) -> str:
    """Steps in which a curve halves."""
    steps = curve.half_life
    return "never" if steps == math.inf else number(steps)


class Scale(NamedTuple):
    """The logarithms at the bottom and at the top of all sparklines."""

    low: float
    high: float


def scale(curves: Sequence[Curve]) -> Scale | None:
    """One scale for all curves, from the smallest known value to the largest; None where nothing is known."""
    known = [v for curve in curves for v in curve.values if math.isfinite(v) and v > 0]
    if not known:
        return None
    return Scale(log10(max(min(known), FAINTEST)), log10(max(1.0, *known)))


def sparkline(curve: Curve, scale: Scale, width: int = SPARKS) -> str:
    """One bar for each lag, or `width` for evenly chosen ones: blank where the value is not known."""
    length = len(curve.values)
    count = min(length, width)
    return "".join(_bar(curve.values[(k * length) // count], scale) for k in range(count))


def _bar(value: float, scale: Scale) -> str:
    if not math.isfinite(value):
        return " "
    if value <= 0:
        return BARS[0]
    height = (log10(value) - scale.low) / (scale.high - scale.low or 1)
    return BARS[min(max(int(height * len(BARS)), 0), len(BARS) - 1)]


def sparkline_legend(length: int, scale: Scale) -> str:
    """How to read the sparklines."""
    return f"Bars: lag 1 to {length}, on a log scale from {10**scale.low:.0e} ▁ to {10**scale.high:.0e} █."
