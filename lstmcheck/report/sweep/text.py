"""A sweep on a terminal or in a pipe: worst cases, failures by axis value, a picture, the smallest one."""

from __future__ import annotations

from collections.abc import Iterator
from math import floor, log10

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from lstmcheck.config import format_value
from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.outcomes import beside_the_gradient, error_told, worst_told
from lstmcheck.report.run.text import STYLES
from lstmcheck.report.sweep import words as sweep_words
from lstmcheck.report.sweep.scale import Scale, scale_of
from lstmcheck.sweep.outcome import Record
from lstmcheck.sweep.runner import SweepReport

PICTURE_WIDTH = 48


def render(report: SweepReport, console: Console) -> RenderableType:
    """Everything, the verdict last."""
    parts: list[RenderableType] = [Text(f"sweep of {report.grid.base.name}", style="bold")]
    parts += [Text(sweep_words.covers(report)), _cases(report), _left_out(report), _axes(report)]
    parts += [Text(line) for line in picture(report)]
    parts += [Text(line) for line in sweep_words.skipped(report)]
    if report.missing:
        parts.append(Text(f"{report.missing:,} cases have no result yet."))
    if report.smallest_failing is not None:
        parts.append(Text("The smallest configuration found that still fails:\n", style="bold"))
        parts.append(Text(sweep_words.smallest_yaml(report)))
        parts.append(Text(f"Reproduce: {sweep_words.reproduce(report)}"))
    return Group(*parts, summary(report))


def summary(report: SweepReport) -> Text:
    """The verdict, what it rests on, and the counts, on one line."""
    style = STYLES[report.verdict]
    return Text.assemble((report.verdict.value, style), ": ", sweep_words.outcome(report))


def _left_out(report: SweepReport) -> Text:
    more = report.tally.cases - len(report.tally.worst)
    return Text(f"The worst {len(report.tally.worst)}; {more:,} more did no worse." if more else "")


def _cases(report: SweepReport) -> Table:
    table = _table()
    for key in report.grid.axes:
        table.add_column(key.rpartition(".")[2], justify="right", no_wrap=True)
    for name in ("seed", "parameters", "seconds", "worst error ± uncertainty"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("where", "verdict"):
        table.add_column(name, no_wrap=True)
    for record in report.tally.worst:
        table.add_row(*_cells(report, record))
    return table


def _cells(report: SweepReport, record: Record) -> Iterator[Text]:
    for key in report.grid.axes:
        yield Text(format_value(record["axes"][key]))
    yield Text(str(record["seed"]))
    yield Text("-" if record["parameters"] is None else f"{record['parameters']:,}")
    yield Text(f"{record['seconds']:.2f}")
    yield Text(error_told(record))
    yield Text(record["note"] or ", ".join(beside_the_gradient(record)) or worst_told(record))
    yield Text(record["verdict"], style=STYLES[Verdict(record["verdict"])])


def _axes(report: SweepReport) -> Table:
    table = _table()
    for name, right in (("axis", 0), ("value", 1), ("cases", 1), ("failed", 1), ("inconclusive", 1)):
        table.add_column(name, justify="right" if right else "left", no_wrap=True)
    previous = None
    for key, value, cases, failed, unsure in sweep_words.axis_rows(report):
        row = [Text("" if key == previous else key), Text(value), Text(f"{cases:,}")]
        row.append(Text(f"{failed:,}", style="bold red" if failed else ""))
        table.add_row(*row, Text(f"{unsure:,}", style="yellow" if unsure else ""))
        previous = key
    return table


def _table() -> Table:
    return Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)


def picture(report: SweepReport) -> Iterator[str]:
    """Error against what varies: one row a decade, × where a case failed, · elsewhere."""
    scale = scale_of(report)
    marks = _marks(report, scale) if scale else {}
    if not scale or not marks:
        return
    yield f"worst error against {scale.label} (× failed, · not)"
    for decade in range(max(d for _, d in marks), min(d for _, d in marks) - 1, -1):
        line = [" "] * (PICTURE_WIDTH + 1)
        for (column, at), failed in marks.items():
            if at == decade:
                line[column] = "×" if failed else "·"
        yield f"  1e{decade:+03d} │{''.join(line).rstrip()}"
    yield f"        └{'─' * (PICTURE_WIDTH + 1)}"
    yield f"         {_tick_line(scale)}"


def _column(scale: Scale, position: float) -> int:
    low, high = min(scale.ticks.values()), max(scale.ticks.values())
    return round((position - low) / (high - low) * PICTURE_WIDTH) if high > low else 0


def _marks(report: SweepReport, scale: Scale) -> dict[tuple[int, int], bool]:
    """(column, decade of the error) → whether a case there failed."""
    marks: dict[tuple[int, int], bool] = {}
    for record in report.records():
        if record["rel_error"] and record["parameters"]:
            at = _column(scale, scale.position(record)), floor(log10(record["rel_error"]))
            marks[at] = marks.get(at, False) or record["verdict"] == Verdict.FAIL
    return marks


def _tick_line(scale: Scale) -> str:
    """The names of the values below their columns: the first, the last, and what has room between."""
    names = list(scale.ticks)
    line = " " * (PICTURE_WIDTH + 1 + len(names[-1]))
    for name in dict.fromkeys((names[0], names[-1], *names)):
        # Two blanks around each name, so that no two run into each other.
        start = max(0, _column(scale, scale.ticks[name]) - len(name) // 2)
        if not line[max(0, start - 2) : start + len(name) + 2].strip():
            line = line[:start] + name + line[start + len(name) :]
    return line.rstrip()
