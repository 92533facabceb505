"""A flow on the terminal: tables, half-lives and sparklines."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.text import Text

from lstmcheck.config import Config
from lstmcheck.explain.flow import Flow
from lstmcheck.report.columns import Column, tables
from lstmcheck.report.flow import words
from lstmcheck.report.flow.words import Line

PROSE = 92


def render(config: Config, flows: Sequence[Flow], console: Console) -> RenderableType:
    """One table of all curves; with several forget biases, for each curve a table with a column a bias."""
    width = min(console.width, PROSE) if console.is_terminal else PROSE
    parts: list[RenderableType] = [Text(words.title(config, flows), style="bold"), Text("")]
    for sentence in words.explanation(config, flows[0]):
        parts += [Text(textwrap.fill(sentence, width)), Text("")]
    parts += _all_curves(flows[0], console) if len(flows) == 1 else _side_by_side(flows, console)
    parts += _sparklines(flows, console)
    curves = [line.curve for flow in flows for line in words.lines(flow)]
    if dash := words.unknown(curves):
        parts.append(Text(dash))
    return Group(*parts)


def _all_curves(flow: Flow, console: Console) -> list[RenderableType]:
    return _tables(flow.lags, [(line.column, line) for line in words.lines(flow)], console)


def _side_by_side(flows: Sequence[Flow], console: Console) -> list[RenderableType]:
    parts: list[RenderableType] = []
    for same in zip(*(words.lines(flow) for flow in flows), strict=True):
        if same[0].of_lstm:
            columns = [(_bias(flow), line) for flow, line in zip(flows, same, strict=True)]
            columns += _plain_beside(flows[0], same[0])
            parts += [Text(same[0].name, style="bold"), *_tables(flows[0].lags, columns, console)]
    return parts


def _plain_beside(flow: Flow, line: Line) -> list[tuple[str, Line]]:
    """The plain network's curve that a line is compared with; none for Πf."""
    kind = line.name.partition(", ")[2]
    return [
        ("plain RNN", other)
        for other in words.lines(flow)
        if not other.of_lstm and kind and kind in other.name
    ]


def _bias(flow: Flow) -> str:
    return f"bias {flow.forget_bias:g}"


def _tables(lags: range, named: Sequence[tuple[str, Line]], console: Console) -> list[RenderableType]:
    shown = words.shown_lags(len(lags))
    columns = [Column("lag", (*map(str, shown), "half-life"))]
    for name, line in named:
        values = (words.number(line.curve.values[lag - 1]) for lag in shown)
        columns.append(Column(name, (*values, words.half_life(line.curve))))
    return [
        part for table in tables(columns, console, section_before_last=True) for part in (table, Text(""))
    ]


def _sparklines(flows: Sequence[Flow], console: Console) -> list[RenderableType]:
    named = [(line.name, line) for line in words.lines(flows[0])]
    if len(flows) > 1:
        named = [
            (f"{line.name}, {_bias(flow)}" if line.of_lstm else line.name, line)
            for same in zip(*([(flow, line) for line in words.lines(flow)] for flow in flows), strict=True)
            for flow, line in (same if same[0][1].of_lstm else same[:1])
        ]
    scale = words.scale([line.curve for _, line in named])
    if scale is None:
        return []
    widest = max(len(name) for name, _ in named)
    bars = words.SPARKS
    if console.is_terminal:
        bars = max(min(bars, console.width - widest - 2), 1)
    drawn = [Text(f"{name:<{widest}}  {words.sparkline(line.curve, scale, bars)}") for name, line in named]
    return [*drawn, Text(words.sparkline_legend(len(flows[0].lags), scale))]
