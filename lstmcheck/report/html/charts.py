"""Charts as figures with a caption and a legend."""

from __future__ import annotations

from markupsafe import Markup

from lstmcheck.report.chart import Bars, CellDrawing, Chart, Map, Maps, Panel, Plot, Series
from lstmcheck.report.html.marks import MARKS
from lstmcheck.report.svg import bars, cell, maps, plot
from lstmcheck.report.svg.element import element

FIGURE = Markup('<figure class="{}"><figcaption>{}</figcaption>{}</figure>')


def figure(chart: Chart) -> Markup:
    """One chart."""
    match chart:
        case Plot():
            legend = Markup("").join(map(_curve, chart.series))
            drawn = plot.draw(chart) + Markup('<ul class="legend">{}</ul>').format(legend)
            return FIGURE.format("wide", chart.title, drawn)
        case Maps():
            return FIGURE.format("maps", chart.title, _maps(chart))
        case CellDrawing():
            frame = Markup('<div class="scroll" role="region" tabindex="0" aria-label="{}">{}</div>')
            drawn = frame.format(chart.title, cell.draw(chart.numbers))
            return FIGURE.format("cell", chart.title, drawn)
        case Bars():
            return FIGURE.format("wide", chart.title, bars.draw(chart))


def _curve(series: Series) -> Markup:
    """How a curve is drawn, and its name."""
    kind = f"curve {series.role} {series.stroke}"
    stroke = "" if series.stroke == "none" else element("path", d="M0 5h26", class_=kind)
    dot = element("circle", cx=13, cy=5, r=2.2, class_=f"dot {series.role}") if series.dots else ""
    if series.dots and series.mark == "×":
        dot = element("path", d="M10 2l6 6m0 -6l-6 6", class_=f"curve {series.role}")
    key = element("svg", stroke, dot, viewBox="0 0 26 10", width=26, height=10, aria_hidden="true")
    return Markup("<li>{} {}</li>").format(key, series.name)


def _maps(chart: Maps) -> Markup:
    keys = Markup("").join(
        Markup('<li><span class="key v{}"></span> {}</li>').format(level, name)
        for level, name in chart.legend
    )
    legend = Markup('<ul class="legend">{}</ul>').format(keys)
    note = Markup("<p>{}</p>").format(chart.note) if chart.note else Markup("")
    arrays = Markup("").join(map(_map, chart.maps))
    return legend + note + Markup('<div class="arrays">{}</div>').format(arrays)


def _map(each: Map) -> Markup:
    panels = Markup("").join(map(_panel, each.panels))
    title = Markup('<p class="array"><code>{}</code> <small>{}</small></p>').format(each.title, each.axes)
    return Markup('<div class="array">{}<div class="panels">{}</div></div>').format(title, panels)


def _panel(panel: Panel) -> Markup:
    mark = Markup("")
    if panel.verdict is not None:
        mark = Markup('<span class="badge {}">{}</span> ').format(panel.verdict.value, MARKS[panel.verdict])
    below = Markup("<p>{}<b>{}</b> <small>{}</small></p>").format(mark, panel.label, panel.below)
    return Markup('<div class="panel">{}{}</div>').format(maps.draw(panel), below)
