"""Sentences and rows of a sweep, the same in every format that people read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lstmcheck.config import format_value
from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.content import Summary
from lstmcheck.report.run import coverage
from lstmcheck.sweep.grid import DEFAULT_AXES, DEFAULT_COVERS
from lstmcheck.sweep.record import Record
from lstmcheck.sweep.runner import SweepReport


def summary(report: SweepReport) -> Summary:
    """The verdict, what it rests on, and the counts, on one line."""
    return Summary(report.verdict, outcome(report))


def outcome(report: SweepReport) -> str:
    """What did not pass, in how many cases, and the counts: what stands behind the verdict."""
    reasons = [_reason(report, name, count) for name, count in report.tally.not_passed.items()]
    if report.missing:
        reasons.append(f"{report.missing:,} cases without a result")
    return "; ".join([*reasons, counts(report)])


def _reason(report: SweepReport, name: str, count: int) -> str:
    cases = f"{name} in {count:,} case{'s'[: count > 1]}"
    if name != "coverage" or report.tally.incomplete is None:
        return cases
    return f"{cases} ({_lacking(report.tally.incomplete)})"


def counts(report: SweepReport) -> str:
    """Cases by verdict, entries, seconds of work."""
    tally = report.tally
    results = [
        f"{tally.verdicts[v]:,} {name}"
        for v, name in zip(("pass", "fail"), ("passed", "failed"), strict=True)
    ]
    results.append(f"{tally.verdicts['inconclusive']:,} inconclusive")
    if tally.skipped:
        results.append(f"{tally.skipped.total():,} skipped")
    work = f"{tally.entries:,} entries · {tally.seconds:.1f} s of work"
    return f"{tally.cases:,} cases, {', '.join(results)} · {work}"


def covers(report: SweepReport) -> str:
    """What the grid spans."""
    if report.grid.axes == DEFAULT_AXES:
        return f"The default grid covers {DEFAULT_COVERS}."
    axes = ", ".join(f"{key} ({len(values)})" for key, values in report.grid.axes.items())
    return f"Axes: {axes}; {report.grid.seeds} seed{'s'[: report.grid.seeds > 1]}."


def left_out(report: SweepReport) -> str:
    """How many cases the table does not show, if any."""
    more = report.tally.cases - len(report.tally.worst)
    return f"The worst {len(report.tally.worst)}; {more:,} more did no worse." if more else ""


def skipped(report: SweepReport) -> Iterator[str]:
    """Why combinations were left out."""
    for reason, count in report.tally.skipped.items():
        yield f"Skipped {count:,}: {reason}"


def axis_rows(report: SweepReport) -> Iterator[tuple[str, str, int, int, int]]:
    """Axis, value, cases, failed, inconclusive: one for each value, in the order of the axis."""
    for key, by_value in report.tally.by_axis.items():
        order = {value: k for k, value in enumerate(_axis_order(report, key))}
        for value, verdicts in sorted(by_value.items(), key=lambda item: order.get(item[0], len(order))):
            failed, unsure = verdicts[Verdict.FAIL], verdicts[Verdict.INCONCLUSIVE]
            yield key, value, verdicts.total(), failed, unsure


def _axis_order(report: SweepReport, key: str) -> list[str]:
    return [format_value(value) for value in report.grid.axes.get(key, ())]


def case_name(record: Record) -> str:
    """`lstm.hidden_size=8 sequence.length=3 seed=0`."""
    axes = {**record.axes, "seed": record.seed}
    return " ".join(f"{key}={format_value(value)}" for key, value in axes.items())


def case_message(record: Record) -> str:
    """What came out of a case, in a few words."""
    if record.skipped:
        return record.skipped
    if record.worst is None:
        return str(record.note)
    size = f"{worst(record)}: {error(record)} of the gate's scale"
    return f"{reasons}; {size}" if (reasons := _reasons(record)) else size


def beside_the_gradient(record: Record) -> list[str]:
    """What else did not pass: conformance, purity, behaviours, coverage."""
    return [name for name in record.not_passed if name != "gradient"]


def _reasons(record: Record) -> str:
    """`conformance; coverage: x did not come back, …`."""
    reasons = {name: name for name in beside_the_gradient(record)}
    if "coverage" in reasons:
        reasons["coverage"] = f"coverage: {_lacking(record)}"
    return "; ".join(reasons.values())


def worst(record: Record) -> str:
    """`W_l0 f[3,7]`, or `W_l0 f` of a gate that was judged as a whole."""
    entry = record.worst
    if entry is None:
        return "-"
    gate = f"{entry.array} {entry.gate or ''}".rstrip()
    return gate if record.directions else f"{gate}[{','.join(map(str, entry.index))}]"


def error(record: Record) -> str:
    """`8.1e-11 ± 1.1e-10`; `≤ 4.2e-07` of a gate that was judged as a whole."""
    if record.rel_error is None:
        return ("no bound" if record.directions else "not finite") if record.worst else "-"
    if record.directions:
        return f"≤ {record.rel_error:.1e}"
    uncertainty = record.uncertainty
    return f"{record.rel_error:.1e} ± {'?' if uncertainty is None else f'{uncertainty:.1e}'}"


def row(record: Record) -> dict[str, Any]:
    """A case for a spreadsheet."""
    return {
        **{key: format_value(value) for key, value in record.axes.items()},
        "seed": record.seed,
        "verdict": record.verdict or "skipped",
        "rel_error": record.rel_error,
        "uncertainty": record.uncertainty,
        "parameters": record.parameters,
        "seconds": record.seconds,
        "message": case_message(record),
    }


def _lacking(record: Record) -> str:
    assert record.coverage is not None
    return coverage.in_brief(record.coverage.missing, coverage.option(record.coverage.whole))
