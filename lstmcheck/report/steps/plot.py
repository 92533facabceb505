"""The V as an SVG or PNG."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lstmcheck.report.chart import Series
from lstmcheck.report.plot_file import save
from lstmcheck.report.steps.chart import chart
from lstmcheck.report.steps.content import StepsContent

COLOURS = {"good": "#0b6e83", "bad": "#c2331f", "plain": "#1d2125", "faint": "#757b82"}
LINES = {"solid": "-", "dashed": "--", "dotted": ":", "none": "None"}


def write(content: StepsContent, path: Path) -> None:
    """Raises LstmcheckError where it cannot be written."""
    from matplotlib.figure import Figure

    plot = chart(content.curves)
    figure = Figure(figsize=(7, 4.8), layout="constrained")
    axes = figure.subplots()
    for series in plot.series:
        axes.plot(*_columns(series), **_style(series), label=series.name)
    for level in plot.across:
        axes.axhline(level.value, color=COLOURS[level.role], linewidth=1, label=level.name)
    for level in plot.upright:
        axes.axvline(level.value, color=COLOURS[level.role], linewidth=1, linestyle="--", label=level.name)
    axes.set(xscale="log", yscale="log", xlabel=plot.x.label, ylabel=plot.y.label)
    axes.set_title(plot.title)
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend(fontsize=8)
    save(figure, path)


def _columns(series: Series) -> tuple[list[float], list[float]]:
    return [x for x, _ in series.points], [y for _, y in series.points]


def _style(series: Series) -> dict[str, Any]:
    marker = "o" if series.dots else None
    return {
        "color": COLOURS[series.role],
        "linestyle": LINES[series.stroke],
        "marker": marker,
        "markersize": 3,
        "linewidth": 1.3,
    }
