"""Annotations for a GitHub workflow, and the step's summary."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator

from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.outcomes import Outcome

MOST = 10
"""GitHub shows no more annotations of a step than this."""
LEVELS = {Verdict.FAIL: "error", Verdict.INCONCLUSIVE: "warning"}


def commands(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """Workflow commands for what did not pass, errors first, on the line of the configuration."""
    found = sorted((o for o in outcomes if o.verdict in LEVELS), key=lambda o: _level(o) != "error")
    shown = found if len(found) <= MOST else found[: MOST - 1]
    for outcome in shown:
        yield _command(outcome, f"{outcome.name}: {outcome.message}")
    if len(found) > len(shown):
        yield _command(found[len(shown)], f"and {len(found) - len(shown)} more that did not pass")


def _command(outcome: Outcome, message: str) -> str:
    properties = {"title": f"lstmcheck {outcome.suite}"}
    if outcome.place and outcome.place.line is not None:
        place = outcome.place
        properties = {"file": place.file, "line": str(place.line), "col": str(place.column)} | properties
    told = ",".join(f"{key}={_escaped(value, ':,')}" for key, value in properties.items())
    return f"::{_level(outcome)} {told}::{_escaped(message)}\n"


def _level(outcome: Outcome) -> str:
    assert outcome.verdict is not None
    return "error" if outcome.stopped else LEVELS[outcome.verdict]


def _escaped(text: str, more: str = "") -> str:
    for char in "%\r\n" + more:
        text = text.replace(char, f"%{ord(char):02X}")
    return text


def write_step_summary(markdown: Iterable[str]) -> None:
    """Append to the file that GITHUB_STEP_SUMMARY names, where it is set; without it the verdict stands."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.writelines(markdown)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        print(f"warning: GITHUB_STEP_SUMMARY: cannot write {path}: {why}.", file=sys.stderr)
