"""SARIF 2.1.0 (OASIS): what is wrong, for tools that show results of an analysis beside the code."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lstmcheck import __version__
from lstmcheck.config.place import Place
from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.content import Content, Finding

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {Verdict.FAIL: "error", Verdict.INCONCLUSIVE: "warning"}


def export(content: Content) -> Iterator[str]:
    """One run, with a result for each thing that did not pass, at its line."""
    told = list(content.results())
    rules = list(dict.fromkeys(finding.rule for finding in told))
    driver = {"name": "lstmcheck", "version": __version__, "rules": [{"id": rule} for rule in rules]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, rules) for finding in told],
    }
    yield json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)
    yield "\n"


def _result(finding: Finding, rules: Sequence[str]) -> dict[str, Any]:
    assert finding.verdict is not None
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": rules.index(finding.rule),
        "level": LEVELS[finding.verdict],
        "message": {"text": f"{finding.suite}: {finding.name}: {finding.message}"},
    }
    if finding.place is not None:
        result["locations"] = [_location(finding.place)]
    if finding.also:
        result["relatedLocations"] = [_location(place) for place in finding.also]
    return result


def _location(place: Place) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(place.file)}}
    if place.line is not None:
        physical["region"] = {"startLine": place.line, "startColumn": place.column or 1}
    return {"physicalLocation": physical}


def _uri(file: str) -> str:
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
