"""Curves over an axis."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, floor, log10

from markupsafe import Markup

from lstmcheck.report.chart import Axis, Plot, Series
from lstmcheck.report.svg.element import element, line, number, picture, text

WIDTH, HEIGHT = 440.0, 300.0
LEFT, RIGHT, TOP, BOTTOM = 58.0, 10.0, 22.0, 42.0
FONT_GAP = 4.0
MOST_TICKS = 7


class Span:
    """One axis on the page: from the places of values to coordinates."""

    def __init__(self, axis: Axis, values: list[float], begin: float, end: float) -> None:
        self.axis, self.begin, self.end = axis, begin, end
        places = [place for place in map(axis.place, values) if place is not None]
        low, high = (min(places), max(places)) if places else (0.0, 1.0)
        room = 0.04 * (high - low) or 0.5
        self.low, self.high = low - room, high + room

    def at(self, value: float) -> float | None:
        """The coordinate of a value; None where it cannot be drawn."""
        place = self.axis.place(value)
        return None if place is None else self.of(place)

    def of(self, place: float) -> float:
        return self.begin + (place - self.low) / (self.high - self.low) * (self.end - self.begin)

    def ticks(self) -> Iterator[tuple[str, float]]:
        """Names and coordinates, of those that lie within."""
        if self.axis.ticks is not None:
            for name, value in self.axis.ticks.items():
                if (at := self.at(value)) is not None:
                    yield name, at
            return
        step = _round_step((self.high - self.low) / MOST_TICKS, whole=self.axis.logarithmic)
        for k in range(ceil(self.low / step), floor(self.high / step) + 1):
            yield _name(k * step, logarithmic=self.axis.logarithmic), self.of(k * step)


def _round_step(step: float, *, whole: bool) -> float:
    """The next of 1, 2, 5, 10 …; whole decades of a logarithmic axis."""
    power = 10.0 ** floor(log10(step))
    rounded = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= step * (1 - 1e-9))
    return max(1.0, rounded) if whole else rounded


DIGITS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _name(place: float, *, logarithmic: bool) -> str:
    if logarithmic:
        return "1" if not round(place) else f"10{str(round(place)).translate(DIGITS)}"
    return f"{place:.6g}".replace("-", "−")


def draw(plot: Plot) -> Markup:
    """The plot as one picture; what its curves are is told by the legend below it."""
    x = Span(plot.x, _xs(plot), LEFT, WIDTH - RIGHT)
    y = Span(plot.y, _ys(plot), HEIGHT - BOTTOM, TOP)
    parts = [*_frame(plot, x, y), *_levels(plot, x, y)]
    parts += [_curve(series, x, y) for series in plot.series]
    return picture(f"{plot.title}. {plot.told}", WIDTH, HEIGHT, *parts, kind="plot")


def _xs(plot: Plot) -> list[float]:
    named = list((plot.x.ticks or {}).values())
    return [point[0] for s in plot.series for point in s.points] + [u.value for u in plot.upright] + named


def _ys(plot: Plot) -> list[float]:
    return [point[1] for s in plot.series for point in s.points] + [a.value for a in plot.across]


def _frame(plot: Plot, x: Span, y: Span) -> Iterator[Markup]:
    for name, at in y.ticks():
        yield line(LEFT, at, WIDTH - RIGHT, at, class_="grid")
        yield text(LEFT - FONT_GAP - 2, at + FONT_GAP, name, text_anchor="end")
    for name, at in x.ticks():
        yield line(at, HEIGHT - BOTTOM, at, HEIGHT - BOTTOM + 4, class_="axis")
        yield text(at, HEIGHT - BOTTOM + 17, name, text_anchor="middle")
    yield line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, class_="axis")
    yield text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, plot.x.label, text_anchor="middle")
    yield text(4.0, 12.0, plot.y.label)


def _levels(plot: Plot, x: Span, y: Span) -> Iterator[Markup]:
    for level in plot.across:
        if (at := y.at(level.value)) is not None:
            yield line(LEFT, at, WIDTH - RIGHT, at, class_=f"level {level.role}")
            yield text(WIDTH - RIGHT, at - FONT_GAP, level.name, text_anchor="end", class_="name")
    for level in plot.upright:
        if (at := x.at(level.value)) is not None:
            yield line(at, TOP, at, HEIGHT - BOTTOM, class_=f"level {level.role}")
            left = at > (LEFT + WIDTH) / 2
            side = {"text_anchor": "end"} if left else {}
            yield text(
                at + (-FONT_GAP if left else FONT_GAP), HEIGHT - BOTTOM - 6, level.name, class_="name", **side
            )


def _curve(series: Series, x: Span, y: Span) -> Markup:
    runs: list[list[tuple[float, float]]] = [[]]
    for point in series.points:
        at = x.at(point[0]), y.at(point[1])
        if at[0] is None or at[1] is None:
            runs.append([])
        else:
            runs[-1].append((at[0], at[1]))
    kind = f"curve {series.role} {series.stroke}"
    path = " ".join(_path(run) for run in runs if run)
    drawn = element("path", d=path, class_=kind) if path and series.stroke != "none" else Markup("")
    return drawn + Markup("").join(_dots(series, runs))


def _path(run: list[tuple[float, float]]) -> str:
    if len(run) == 1:
        run = [run[0], run[0]]
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in run)


def _dots(series: Series, runs: list[list[tuple[float, float]]]) -> Iterator[Markup]:
    for x, y in (point for run in runs for point in run if series.dots):
        if series.mark == "×":
            cross = f"M{number(x - 3)} {number(y - 3)}l6 6m0 -6l-6 6"
            yield element("path", d=cross, class_=f"curve {series.role}")
        else:
            yield element("circle", cx=x, cy=y, r=2.2, class_=f"dot {series.role}")
