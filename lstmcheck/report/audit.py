"""An audit in words and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

from lstmcheck.judge.results import NotRun, finite
from lstmcheck.mistakes.audit import Audit
from lstmcheck.report.run.json import head, not_run


def text(audit: Audit) -> str:
    """Score, what is missed and which key would show it, blind spots, the smallest detectable errors."""
    return "\n".join(_lines(audit)) + "\n"


def _lines(audit: Audit) -> Iterator[str]:
    total = len(audit.caught) + len(audit.missed)
    caught = f"{len(audit.caught)} of {total} known mistakes are caught"
    yield f"{audit.config.name}: {percent(audit)} %: {caught}."
    if audit.not_applicable:
        yield f"{len(audit.not_applicable)} more need what this network or its loss does not have."
    if audit.missed:
        yield from ("", "Missed, and what would show it:")
    for missed in audit.missed:
        yield f"  {missed.mistake.id:<36} {missed.change or 'no simple change'}"
    if audit.blind_spots:
        yield from ("", "Blind spots:")
    yield from (f"  {spot}." for spot in audit.blind_spots)
    yield from (
        "",
        "Smallest detectable error, relative to the gate's scale, from the tolerance and rounding:",
    )
    for name, error in audit.smallest_detectable_error.items():
        yield f"  {name:<16} {f'{error:.1e}' if math.isfinite(error) else 'nothing: the gradient is zero'}"


def percent(audit: Audit) -> str:
    """The score; never rounded up to 100."""
    return f"{math.floor(1000 * audit.score) / 10:g}"


def dumps(audits: Sequence[Audit | NotRun], minimum: float | None) -> str:
    """One audit as an object; several as one object with a list of them."""
    if len(audits) == 1:
        document = {**head("audit"), **_document(audits[0], minimum)}
    else:
        document = {**head("audit"), "audits": [_document(audit, minimum) for audit in audits]}
    return json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False) + "\n"


def _document(audit: Audit | NotRun, minimum: float | None) -> dict[str, Any]:
    if isinstance(audit, NotRun):
        return not_run(audit)
    enough = minimum is None or 100 * audit.score >= minimum
    return {
        "name": audit.config.name,
        "verdict": "pass" if enough else "fail",
        "score": audit.score,
        "caught": list(audit.caught),
        "missed": [
            {"id": missed.mistake.id, "change": missed.change, "needs": list(missed.lacking)}
            for missed in audit.missed
        ],
        "not_applicable": list(audit.not_applicable),
        "smallest_detectable_error": {
            name: finite(error) for name, error in audit.smallest_detectable_error.items()
        },
        "blind_spots": list(audit.blind_spots),
    }
