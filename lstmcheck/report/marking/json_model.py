"""Many targets as JSON."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from lstmcheck.judge.verdict import Verdict
from lstmcheck.marking.mark_record import Mark, MarkRecord
from lstmcheck.marking.marks import Marks
from lstmcheck.report.json_model import Count, Document, Head, Seconds
from lstmcheck.report.marking import words
from lstmcheck.report.run.json_model import Run, RunThatFailed
from lstmcheck.report.run.to_json_model import to_document


class MarkedGates(Document):
    right: Count
    total: Count


class MarkedTarget(Document):
    """One target with one configuration."""

    target: Annotated[str, Field(description="its file, without the folder that all share")]
    file: str
    configuration: str
    protocol: str | None
    verdict: Annotated[Mark, Field(description="error: it could not be checked")]
    gates: MarkedGates | None
    answers: Annotated[
        dict[str, Verdict], Field(description="gradient, conformance, purity, behaviours, coverage")
    ]
    diagnosis: Annotated[str, Field(description="what is wrong, in a few words")]
    mistakes: Annotated[list[str], Field(description="known ones that explain everything that is wrong")]
    seconds: Seconds
    report: Run | RunThatFailed


class MarkCounts(Document):
    targets: Count
    passed: Count
    failed: Count
    inconclusive: Count
    errors: Count
    missing: Annotated[Count, Field(description="that were not checked: the work was interrupted")]


class TargetsHead(Head):
    """All but the targets."""

    command: Literal["run"] = "run"
    verdict: Verdict
    summary: MarkCounts


class Targets(TargetsHead):
    """Many targets, sorted by verdict."""

    targets: list[MarkedTarget]


def document(marks: Marks) -> TargetsHead:
    """What the targets add up to."""
    counts = marks.counts
    summary = MarkCounts(
        targets=len(marks.records),
        passed=counts["pass"],
        failed=counts["fail"],
        inconclusive=counts["inconclusive"],
        errors=counts["error"],
        missing=marks.missing,
    )
    return TargetsHead(verdict=marks.verdict, summary=summary)


def target(record: MarkRecord) -> dict[str, Any]:
    """One of them, as `MarkedTarget` has it."""
    told = record.told
    return {
        "target": record.target,
        "file": record.file,
        "configuration": record.configuration,
        "protocol": told and told.protocol,
        "verdict": record.mark,
        "gates": told and told.gates.model_dump(),
        "answers": dict(told.answers) if told else {},
        "diagnosis": record.diagnosis,
        "mistakes": list(told.mistakes) if told else [],
        "seconds": record.seconds,
        "report": told.document if told else to_document(words.not_run(record)).plain(),
    }
