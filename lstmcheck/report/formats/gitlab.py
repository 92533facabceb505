"""GitLab's code quality report: what is wrong, beside the line of a merge request that it is in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.content import Content, Finding

SEVERITIES = {Verdict.FAIL: "major", Verdict.INCONCLUSIVE: "minor"}
NOWHERE = "."
"""GitLab shows nothing that has no file."""


def export(content: Content) -> Iterator[str]:
    """A list of issues, as GitLab documents them; empty where all passes."""
    yield json.dumps([_issue(finding) for finding in content.results()], indent=2, ensure_ascii=False)
    yield "\n"


def _issue(finding: Finding) -> dict[str, Any]:
    assert finding.verdict is not None
    place = finding.place
    where = (place.file, place.line or 1) if place else (NOWHERE, 1)
    # The same finding of two commits is one issue: its numbers may differ.
    identity = "\0".join((finding.suite, finding.rule, finding.name, where[0]))
    return {
        "description": f"{finding.suite}: {finding.name}: {finding.message}",
        "check_name": finding.rule,
        "fingerprint": sha256(identity.encode()).hexdigest(),
        "severity": SEVERITIES[finding.verdict],
        "location": {"path": where[0], "lines": {"begin": where[1]}},
    }
