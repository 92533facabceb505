"""What is kept of a target's report: all that any format tells, as plain values."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from shlex import join

from lstmcheck.config import Config
from lstmcheck.judge.results import Report
from lstmcheck.judge.verdict import Verdict
from lstmcheck.marking.mark_record import GateCount, Told
from lstmcheck.report.content import Fence
from lstmcheck.report.plain_blocks import plain_blocks, plain_findings
from lstmcheck.report.run import answers, words
from lstmcheck.report.run.content import RunContent
from lstmcheck.report.run.diagnosis import names


@dataclass(frozen=True)
class Describe:
    """Is called with a report. `options` are those of the command line that every target shares."""

    options: tuple[str, ...] = ()

    def __call__(self, report: Report) -> Told:
        assert report.target is not None
        command = _command(report.config, self.options)
        content = RunContent([report], command, verbose=True)
        right = sum(gate.verdict == Verdict.PASS for gate in report.blocks)
        return Told(
            verdict=report.verdict,
            protocol=report.target.protocol,
            gates=GateCount(right=right, total=len(report.blocks)),
            answers=report.answers,
            diagnosis=diagnosis(report),
            mistakes=_mistakes(report),
            document=content.document(),
            screen=plain_blocks(content.screen(None)),
            page=plain_blocks([*content.page(), Fence(command)]),
            findings=plain_findings(content.findings()),
            results=plain_findings(content.results()),
        )


def diagnosis(report: Report) -> str:
    """What is wrong, in a few words: the mistake, what the forward pass is instead, or what did not pass."""
    found, target = report.diagnosis, report.target
    if found and found.suspects:
        return names(found.suspects[0])
    if found and found.partial:
        return f"in part {names(found.partial)}"
    if target and target.conformance and target.conformance.matches and report.gradient == Verdict.PASS:
        return f"conformance: {answers.match(target.conformance.matches[0])}"
    return next(words.reasons(report), "")


def _mistakes(report: Report) -> tuple[str, ...]:
    """Ids of those that explain everything that is wrong."""
    suspects = report.diagnosis.suspects if report.diagnosis else ()
    return (suspects[0].mistake, *suspects[0].partners) if suspects else ()


def _command(config: Config, options: tuple[str, ...]) -> str:
    """What repeats the check of this target alone."""
    place, path = config.locate("lstm"), config.target_path
    assert path is not None
    file = place.file if place else "-"
    written = [] if file == "<built-in>" else ["-" if file.startswith("<") else file]
    return join(["lstmcheck", "run", *written, "--target", _from_here(path), *options])


def _from_here(path: Path) -> str:
    """Relative to the working directory, if it lies below."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
