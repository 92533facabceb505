"""Annotations for a GitHub workflow, and the step's summary."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator

from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.content import Content, Finding
from lstmcheck.report.formats import markdown

MOST = 10
"""GitHub shows no more annotations of a step than this."""
LEVELS = {Verdict.FAIL: "error", Verdict.INCONCLUSIVE: "warning"}


def export(content: Content) -> Iterator[str]:
    """The summary, aside; then commands for what did not pass, errors first, on the configuration's line."""
    _append_to_step_summary(markdown.export(content))
    wrong = sorted((each for each in content.findings() if each.verdict in LEVELS), key=_is_no_error)
    shown = wrong if len(wrong) <= MOST else wrong[: MOST - 1]
    for finding in shown:
        yield _command(finding, f"{finding.name}: {finding.message}")
    if len(wrong) > len(shown):
        yield _command(wrong[len(shown)], f"and {len(wrong) - len(shown)} more that did not pass")


def _is_no_error(finding: Finding) -> bool:
    return _level(finding) != "error"


def _command(finding: Finding, message: str) -> str:
    properties = {"title": f"lstmcheck {finding.suite}"}
    if finding.place and finding.place.line is not None:
        place = finding.place
        properties = {"file": place.file, "line": str(place.line), "col": str(place.column)} | properties
    listed = ",".join(f"{key}={_escaped(value, ':,')}" for key, value in properties.items())
    return f"::{_level(finding)} {listed}::{_escaped(message)}\n"


def _level(finding: Finding) -> str:
    assert finding.verdict is not None
    return "error" if finding.stopped else LEVELS[finding.verdict]


def _escaped(text: str, more: str = "") -> str:
    for char in "%\r\n" + more:
        text = text.replace(char, f"%{ord(char):02X}")
    return text


def _append_to_step_summary(parts: Iterable[str]) -> None:
    """To the file that GITHUB_STEP_SUMMARY names, where it is set; without it the verdict stands."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.writelines(parts)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        print(f"warning: GITHUB_STEP_SUMMARY: cannot write {path}: {why}.", file=sys.stderr)
