"""What a check with a configuration would let through."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lstmcheck.judge.results import finite
from lstmcheck.mistakes.audit import Audit
from lstmcheck.report import audit_page
from lstmcheck.report.content import Block, Content, Heading, Line, lowered
from lstmcheck.report.json_model import head
from lstmcheck.report.not_run import NotRun
from lstmcheck.tolerances.directions import LOOKS


@dataclass(frozen=True)
class AuditContent(Content):
    """Audits of configurations, and the score in percent that each is to reach."""

    audits: Sequence[Audit | NotRun]
    minimum: float | None = None

    def screen(self, room: int | None) -> Iterator[Block]:
        """Score, what is missed and which key would show it, blind spots, the smallest detectable errors."""
        audited = [each for each in self.audits if isinstance(each, Audit)]
        for position, audit in enumerate(audited):
            if position:
                yield Line()
            yield from map(Line, _lines(audit))

    def web(self) -> Iterator[Block]:
        if len(self.audits) == 1:
            yield from audit_page.blocks(self.audits[0], self.minimum)
            return
        yield Heading(f"What {len(self.audits)} configurations see", 1)
        for audit in self.audits:
            yield from map(lowered, audit_page.blocks(audit, self.minimum))

    def document(self) -> Mapping[str, Any]:
        """One audit as an object; several as one object with a list of them."""
        documents = [_document(audit, self.minimum) for audit in self.audits]
        if len(documents) == 1:
            return {**head("audit"), **documents[0]}
        return {**head("audit"), "audits": documents}


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
    if audit.method == "directions":
        directions = f"along {LOOKS[0]} to {LOOKS[-1]} random directions each"
        but = f"except with probability {audit.config.check.miss_probability:.0e}"
        yield f"Whole gates are judged, {directions}: an error of that size passes in none, {but}."


def percent(audit: Audit) -> str:
    """The score; never rounded up to 100."""
    return f"{math.floor(1000 * audit.score) / 10:g}"


def _document(audit: Audit | NotRun, minimum: float | None) -> dict[str, Any]:
    if isinstance(audit, NotRun):
        problems = [{"what": p.what, "where": p.where, "remedy": p.remedy} for p in audit.problems]
        return {"name": audit.name, "verdict": audit.verdict, "error": problems[0], "problems": problems}
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
        "method": audit.method,
        "miss_probability": audit.config.check.miss_probability if audit.method == "directions" else None,
    }
