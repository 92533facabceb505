"""A sweep for a browser: failures over the two axes that matter most, errors, and every case."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import chain

from lstmcheck.config import format_value
from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.chart import Axis, Level, Plot, Role, Series
from lstmcheck.report.content import COMMAND, Banner, Block, Charts, Fence, Heading, Prose
from lstmcheck.report.sweep import smallest, table, words
from lstmcheck.report.sweep.scale import Scale, scale_of
from lstmcheck.report.table import Column, Table, TableCell, row
from lstmcheck.sweep.runner import SweepReport
from lstmcheck.sweep.tally import WORST_KEPT

ROLES: dict[Verdict, tuple[Role, str]] = {
    Verdict.PASS: ("good", "·"),
    Verdict.INCONCLUSIVE: ("faint", "?"),
    Verdict.FAIL: ("bad", "×"),
}
SHARES = (0.0, 1 / 3, 2 / 3)
"""Of cases that fail, up to which a place has each of the first colours."""
LEVELS = (1, 5, 6, 7)
UNSURE = 4
MOST_POINTS = 2000
"""That are drawn: more would lie on each other."""


def blocks(report: SweepReport) -> Iterator[Block]:
    """The verdict, pictures, the worst cases, the smallest that fails."""
    yield Heading(f"sweep of {report.grid.base.name}", 1)
    yield Banner(report.verdict, "", words.outcome(report))
    yield Prose(words.covers(report))
    if report.smallest_failing is not None:
        yield Heading("The smallest configuration found that still fails")
        yield Fence(smallest.as_yaml(report).rstrip("\n"), "yaml")
        yield Fence(smallest.command(report), COMMAND)
    yield from _over_two_axes(report)
    if plot := _errors(report):
        yield Heading("Errors")
        yield Charts((plot,))
    yield Heading("Every axis")
    yield table.axes(report)
    yield Heading("The worst cases" if report.tally.cases > WORST_KEPT else "Every case")
    yield table.named_cases(report)
    yield from map(Prose, words.skipped(report))


def _over_two_axes(report: SweepReport) -> Iterator[Block]:
    """Rows and columns are those axes over whose values the share of failures changes most."""
    ranked = sorted(report.tally.by_axis, key=lambda key: _spread(report, key), reverse=True)
    varying = [key for key in ranked if len(report.tally.by_axis[key]) > 1][:2]
    if len(varying) < 2:
        return
    down, across = varying
    counts: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for record in report.records():
        if record.verdict is not None:
            at = (format_value(record.axes[key]) for key in varying)
            counts[next(at)][next(at)][record.verdict] += 1
    rows, columns = _order(report, down), _order(report, across)
    yield Heading(f"Failures by {down} and {across}")
    yield Table(
        (
            Column(down),
            *(Column(f"{across} = {value}" if k == 0 else value) for k, value in enumerate(columns)),
        ),
        tuple(row(value, *(_cell(counts[value][other]) for other in columns)) for value in rows),
    )


def _order(report: SweepReport, key: str) -> list[str]:
    """The values that some case has, in the order of the axis."""
    taken = report.tally.by_axis[key]
    return [value for value in map(format_value, report.grid.axes[key]) if value in taken]


def _spread(report: SweepReport, key: str) -> float:
    shares = [each[Verdict.FAIL] / each.total() for each in report.tally.by_axis[key].values()]
    return max(shares) - min(shares)


def _cell(verdicts: Counter[str]) -> TableCell:
    total, failed = verdicts.total(), verdicts[Verdict.FAIL]
    if not total:
        return TableCell("no case", level=0)
    if not failed and verdicts[Verdict.INCONCLUSIVE]:
        return TableCell(f"{verdicts[Verdict.INCONCLUSIVE]} of {total} inconclusive", level=UNSURE)
    return TableCell(f"{failed} of {total}", level=LEVELS[sum(failed / total > share for share in SHARES)])


def _errors(report: SweepReport) -> Plot | None:
    """Against what varies; None where nothing was checked."""
    scale = scale_of(report)
    if scale is None:
        return None
    points = _points(report, scale)
    series = tuple(
        Series(verdict.value, points[verdict], role, "none", mark, dots=True)
        for verdict, (role, mark) in ROLES.items()
        if points[verdict]
    )
    failed = len(points[Verdict.FAIL])
    return Plot(
        f"Worst error against {scale.label}",
        f"{failed} of {len(list(chain(*points.values())))} cases fail.",
        Axis(scale.label, ticks=scale.ticks),
        Axis("worst error / the gate's scale", logarithmic=True),
        series,
        (Level(report.grid.base.check.rtol, "tolerance"),),
    )


def _points(report: SweepReport, scale: Scale) -> dict[Verdict, tuple[tuple[float, float], ...]]:
    found: dict[Verdict, list[tuple[float, float]]] = {verdict: [] for verdict in Verdict}
    for record in report.records():
        if record.verdict is not None and record.parameters and record.rel_error:
            mine = found[record.verdict]
            if len(mine) < MOST_POINTS:
                mine.append((scale.position(record), record.rel_error))
    return {verdict: tuple(points) for verdict, points in found.items()}
