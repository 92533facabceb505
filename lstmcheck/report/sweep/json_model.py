"""A sweep as JSON."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.json_model import Count, Document, Head, Number, Seconds
from lstmcheck.report.run.json_model import Letter
from lstmcheck.sweep.record import Record
from lstmcheck.sweep.runner import SweepReport
from lstmcheck.sweep.sweep_store import base_config


class Worst(Document):
    array: str
    gate: Letter | None
    index: Annotated[list[Count], Field(description="within the gate")]


class CaseCoverage(Document):
    missing: list[str]
    whole: list[str]


class Case(Document):
    """One case."""

    axes: dict[str, Any]
    seed: Count
    verdict: Annotated[Verdict | None, Field(description="null: skipped")]
    rel_error: Number
    uncertainty: Number
    worst: Worst | None
    directions: Annotated[Count, Field(description="along which its worst gate was judged; 0: by entries")]
    parameters: int | None
    seconds: Seconds
    skipped: Annotated[str | None, Field(description="why there was nothing to check")]
    note: str | None
    not_passed: Annotated[
        dict[str, Verdict],
        Field(description="gradient, conformance, purity, behaviours, coverage: those that did not pass"),
    ]
    coverage: CaseCoverage | None


class Summary(Document):
    cases: Count
    passed: Count
    failed: Count
    inconclusive: Count
    skipped: Count
    missing: Count
    entries: Count


class SweepHead(Head):
    """All but the cases."""

    command: Literal["sweep"] = "sweep"
    name: str
    config: dict[str, Any]
    seed: Count
    verdict: Verdict
    summary: Summary
    smallest_failing: Annotated[dict[str, Any] | None, Field(description="a configuration")]


class Sweep(SweepHead):
    """A sweep with its cases."""

    cases: Annotated[list[Case], Field(min_length=1)]


def document(report: SweepReport) -> SweepHead:
    """What the cases add up to."""
    tally, smallest, base = report.tally, report.smallest_failing, report.grid.base
    return SweepHead(
        name=base.name,
        config=base.model_dump(mode="json"),
        seed=base.seed,
        verdict=report.verdict,
        summary=Summary(
            cases=tally.cases,
            passed=tally.verdicts["pass"],
            failed=tally.verdicts["fail"],
            inconclusive=tally.verdicts["inconclusive"],
            skipped=tally.skipped.total(),
            missing=report.missing,
            entries=tally.entries,
        ),
        smallest_failing=None if smallest is None else base_config(smallest),
    )


def case(record: Record) -> dict[str, Any]:
    """What a reader of the report needs of a case, as its record has it."""
    return {key: value for key, value in record.plain().items() if key in Case.model_fields}
