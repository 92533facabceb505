"""Error against what varies, as an SVG or PNG."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.plot_file import save
from lstmcheck.report.sweep.scale import Scale, scale_of
from lstmcheck.sweep.runner import SweepReport

COLOURS = {Verdict.PASS: "#1b7837", Verdict.INCONCLUSIVE: "#b8860b", Verdict.FAIL: "#b2182b"}
MARKERS = {Verdict.PASS: "o", Verdict.INCONCLUSIVE: "s", Verdict.FAIL: "X"}


def write(report: SweepReport, path: Path) -> None:
    """Error, on a log scale, against what varies. Raises LstmcheckError."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    scale = scale_of(report)
    if scale:
        _draw(report, scale, axes)
    axes.axhline(report.grid.base.check.rtol, color="grey", linewidth=1, linestyle="--", label="tolerance")
    axes.set(yscale="log", xlabel=scale.label if scale else "", ylabel="worst error / the gate's scale")
    axes.set_title(f"sweep of {report.grid.base.name}: {report.tally.cases:,} cases")
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend()
    save(figure, path)


def _draw(report: SweepReport, scale: Scale, axes: Any) -> None:
    """Points by verdict; on the axis the values that cases have, and no others."""
    points = list(_points(report, scale))
    for verdict in Verdict:
        chosen = [(place, error) for place, error, each in points if each == verdict]
        if chosen:
            places, errors = zip(*chosen, strict=True)
            colour, marker = COLOURS[verdict], MARKERS[verdict]
            axes.scatter(places, errors, s=22, c=colour, marker=marker, label=verdict.value)
    axes.set_xticks(list(scale.ticks.values()), list(scale.ticks))


def _points(report: SweepReport, scale: Scale) -> Iterator[tuple[float, float, str]]:
    for record in report.records():
        if record.parameters and record.rel_error and record.verdict:
            yield scale.position(record), record.rel_error, record.verdict
