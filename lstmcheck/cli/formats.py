"""The formats of `--output-format` and `--export`, for runs and for sweeps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lstmcheck.judge.results import Ran
    from lstmcheck.sweep.runner import SweepReport


class OutputFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    MARKDOWN = "markdown"
    GITHUB = "github"


SWEEP_EXPORTS = ("json", "jsonl", "junit", "markdown")
RUN_EXPORTS = (*SWEEP_EXPORTS, "npz")


def run_as(name: str, reports: Sequence[Ran]) -> Iterable[bytes]:
    """Reports in a format, in parts. Each format is imported when it is asked for."""
    if name == "npz":
        from lstmcheck.judge.results import NotRun
        from lstmcheck.report.run import npz

        return [npz.dumps(report) for report in reports if not isinstance(report, NotRun)]
    return (part.encode() for part in _run_text(name, reports))


def _run_text(name: str, reports: Sequence[Ran]) -> Iterable[str]:
    if name in ("json", "jsonl"):
        from lstmcheck.report.run import json

        return [json.dumps(reports)] if name == "json" else json.lines(reports)
    from lstmcheck.report import github, junit, markdown, outcomes

    if name == "junit":
        return junit.dumps(outcomes.of_run(reports))
    if name == "markdown":
        return markdown.of_run(reports)
    github.write_step_summary(markdown.of_run(reports))
    return github.commands(outcomes.of_run(reports))


def sweep_as(name: str, report: SweepReport) -> Iterator[bytes]:
    """A sweep in a format, in parts."""
    return (part.encode() for part in _sweep_text(name, report))


def _sweep_text(name: str, report: SweepReport) -> Iterable[str]:
    from lstmcheck.report import github, junit, markdown, outcomes
    from lstmcheck.report.sweep import json as sweep_json

    if name == "json":
        return sweep_json.dumps(report)
    if name == "jsonl":
        return sweep_json.lines(report)
    if name == "junit":
        return junit.dumps(outcomes.of_sweep(report))
    if name == "markdown":
        return markdown.of_sweep(report)
    github.write_step_summary(markdown.of_sweep(report))
    return github.commands(outcomes.of_sweep(report))
