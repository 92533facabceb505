"""A flow for a terminal: tables, half-lives and sparklines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lstmcheck.config import Config
from lstmcheck.explain.flow import Flow
from lstmcheck.report.content import Block, Line, Prose
from lstmcheck.report.flow import words
from lstmcheck.report.flow.words import NamedCurve
from lstmcheck.report.table import Column, Table, row


def blocks(config: Config, flows: Sequence[Flow], room: int | None) -> Iterator[Block]:
    """One table of all curves; with several forget biases, for each curve a table with a column a bias."""
    yield Line(words.title(config, flows), strong=True)
    yield Line()
    for sentence in words.explanation(config, flows[0]):
        yield Prose(sentence)
        yield Line()
    yield from tables(flows)
    yield from map(Line, _sparklines(flows, room))
    curves = [line.curve for flow in flows for line in words.lines(flow)]
    if dash := words.unknown(curves):
        yield Line(dash)


def tables(flows: Sequence[Flow]) -> Iterator[Block]:
    """One of all curves; with several forget biases, one for each curve."""
    yield from _all_curves(flows[0]) if len(flows) == 1 else _side_by_side(flows)


def _all_curves(flow: Flow) -> Iterator[Block]:
    yield _table(flow.lags, [(line.column, line) for line in words.lines(flow)])
    yield Line()


def _side_by_side(flows: Sequence[Flow]) -> Iterator[Block]:
    for same in zip(*(words.lines(flow) for flow in flows), strict=True):
        if same[0].of_lstm:
            columns = [(_bias(flow), line) for flow, line in zip(flows, same, strict=True)]
            columns += _plain_beside(flows[0], same[0])
            yield Line(same[0].name, strong=True)
            yield _table(flows[0].lags, columns)
            yield Line()


def _plain_beside(flow: Flow, line: NamedCurve) -> list[tuple[str, NamedCurve]]:
    """The plain network's curve that a line is compared with; none for Πf."""
    kind = line.name.partition(", ")[2]
    return [
        ("plain RNN", other)
        for other in words.lines(flow)
        if not other.of_lstm and kind and kind in other.name
    ]


def _bias(flow: Flow) -> str:
    return f"bias {flow.forget_bias:g}"


def _table(lags: range, named: Sequence[tuple[str, NamedCurve]]) -> Table:
    """A row for each lag that is shown, and below them the half-lives."""
    shown = words.shown_lags(len(lags))
    columns = tuple(Column(title, right=True) for title in ("lag", *(name for name, _ in named)))
    curves = [line.curve for _, line in named]
    rows = [row(str(lag), *(words.number(curve.values[lag - 1]) for curve in curves)) for lag in shown]
    rows.append(row("half-life", *map(words.half_life, curves)))
    return Table(columns, tuple(rows), section_ends=frozenset([len(rows) - 2]))


def _sparklines(flows: Sequence[Flow], room: int | None) -> Iterator[str]:
    named = [(line.name, line) for line in words.lines(flows[0])]
    if len(flows) > 1:
        named = [
            (f"{line.name}, {_bias(flow)}" if line.of_lstm else line.name, line)
            for same in zip(*([(flow, line) for line in words.lines(flow)] for flow in flows), strict=True)
            for flow, line in (same if same[0][1].of_lstm else same[:1])
        ]
    scale = words.scale([line.curve for _, line in named])
    if scale is None:
        return
    widest = max(len(name) for name, _ in named)
    bars = words.SPARKS
    if room is not None:
        bars = max(min(bars, room - widest - 2), 1)
    yield from (f"{name:<{widest}}  {words.sparkline(line.curve, scale, bars)}" for name, line in named)
    yield words.sparkline_legend(len(flows[0].lags), scale)
