"""A flow as an SVG or PNG: gradients over the lag, on a log scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lstmcheck.explain.flow import Curve, Flow, Spectrum
from lstmcheck.report.plot_file import save

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FAINTEST = 1e-20
"""The bottom of the axis at the lowest."""
PLAIN = "#777777"


def write(name: str, flows: Sequence[Flow], path: Path) -> None:
    """Cell and hidden state side by side, a colour for each forget bias. Raises LstmcheckError."""
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 5.2 + 0.2 * len(flows)), layout="constrained")
    cell, hidden = figure.subplots(1, 2, sharex=True, sharey=True)
    for position, flow in enumerate(flows):
        colour = colormaps["viridis"](0.1 + 0.75 * position / max(len(flows) - 1, 1))
        bias = f"forget bias {flow.forget_bias:g}: "
        _curve(cell, flow, flow.forget_product, color=colour, linestyle="--", label=bias + "Πf")
        _spectrum(cell, flow, flow.cell, bias, colour)
        _spectrum(hidden, flow, flow.hidden, bias, colour)
    for axes in (cell, hidden):
        _spectrum(axes, flows[0], flows[0].rnn, "plain tanh RNN: ", PLAIN)
    _dress(cell, "cell state: ∂c_T/∂c_t")
    _dress(hidden, "hidden state: ∂h_T/∂h_t")
    cell.set_ylabel("singular value, or product of forget gates")
    figure.legend(*cell.get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=8)
    figure.suptitle(f"{name}: how far gradients survive")
    save(figure, path)


def _spectrum(axes: Axes, flow: Flow, spectrum: Spectrum, name: str, colour: object) -> None:
    _curve(axes, flow, spectrum.largest, color=colour, linestyle="-", label=name + "largest")
    _curve(axes, flow, spectrum.median, color=colour, linestyle=":", label=name + "median")


def _curve(axes: Axes, flow: Flow, curve: Curve, **style: Any) -> None:
    """A line over the lags, interrupted where a value is not known."""
    drawn = [value if math.isfinite(value) and value > 0 else math.nan for value in curve.values]
    marker = "o" if len(drawn) <= 20 else None
    axes.plot(flow.lags, drawn, marker=marker, markersize=3, linewidth=1.5, **style)


def _dress(axes: Axes, title: str) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set(yscale="log", xlabel="lag T − t, in steps", title=title)
    low, high = axes.get_ylim()
    axes.set_ylim(max(low, FAINTEST), max(high, 1.5))
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
