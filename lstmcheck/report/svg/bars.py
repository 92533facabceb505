"""Bars below each other."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from lstmcheck.report.chart import Bars
from lstmcheck.report.svg.element import element, picture, text

WIDTH, ROW = 440.0, 40.0
VALUE = 64.0
"""Room for what is written at the end."""


def draw(chart: Bars) -> Markup:
    """One picture; the name of a bar stands above it."""
    longest = max(sum(length for length, _, _ in bar.parts) for bar in chart.bars)
    parts = list(_rows(chart, (WIDTH - VALUE) / (longest or 1)))
    return picture(f"{chart.title}. {chart.told}", WIDTH, ROW * len(chart.bars), *parts, kind="bars")


def _rows(chart: Bars, scale: float) -> Iterator[Markup]:
    for k, bar in enumerate(chart.bars):
        top, x = k * ROW, 0.0
        yield text(0.0, top + 14, bar.name)
        for length, role, told in bar.parts:
            title = element("title", f"{bar.name}: {told}")
            yield element(
                "rect", title, x=x, y=top + 19, width=length * scale, height=12.0, class_=f"bar {role}"
            )
            x += length * scale
        yield text(x + 6, top + 30, bar.value)
