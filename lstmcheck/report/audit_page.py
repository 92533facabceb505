"""An audit for a browser: what is caught and what is missed, family by family."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from lstmcheck.judge.verdict import Verdict
from lstmcheck.mistakes.audit import Audit
from lstmcheck.mistakes.catalogue import CATALOGUE
from lstmcheck.report.chart import Bar, Bars, Role
from lstmcheck.report.content import Banner, Block, Charts, Fence, Heading, Prose
from lstmcheck.report.not_run import NotRun
from lstmcheck.report.table import Column, Table, row


def blocks(audit: Audit | NotRun, minimum: float | None) -> Iterator[Block]:
    """Score, families, what would show what is missed, blind spots, smallest detectable errors."""
    if isinstance(audit, NotRun):
        yield Heading(audit.name, 1)
        yield Banner(audit.verdict, "could not be run", "")
        yield Fence("\n".join(map(str, audit.problems)))
        return
    total = len(audit.caught) + len(audit.missed)
    yield Heading(f"{audit.config.name}: what a check of it can see", 1)
    caught = f"{len(audit.caught)} of {total} known mistakes are caught"
    yield Banner(_verdict(audit, minimum), caught, _elsewhere(audit), headline=_score(audit))
    yield Heading("By family")
    yield Charts((_families(audit),))
    if audit.missed:
        yield Heading("Missed, and what would show it")
        columns = (
            Column("mistake", code=True),
            Column("what is wrong"),
            Column("what would show it", code=True),
        )
        rows = (row(m.mistake.id, m.mistake.title, m.change or "no simple change") for m in audit.missed)
        yield Table(columns, tuple(rows))
    if audit.blind_spots:
        yield Heading("Blind spots")
        yield from (Prose(f"{spot}.") for spot in audit.blind_spots)
    yield Heading("The smallest error that it can see")
    yield Prose("Relative to the gate's scale, from the tolerance and rounding.")
    errors = audit.smallest_detectable_error.items()
    yield Table(
        (Column("array", code=True), Column("smallest error", right=True)),
        tuple(row(name, f"{e:.1e}" if math.isfinite(e) else "nothing: it is zero") for name, e in errors),
    )


def _elsewhere(audit: Audit) -> str:
    if not audit.not_applicable:
        return ""
    return f"{len(audit.not_applicable)} more need what this network or its loss does not have."


def _score(audit: Audit) -> str:
    """Never rounded up to 100."""
    return f"{math.floor(1000 * audit.score) / 10:g} %"


def _verdict(audit: Audit, minimum: float | None) -> Verdict:
    """Of the minimum that was asked for; without one whatever is missed leaves it open."""
    if minimum is None:
        return Verdict.INCONCLUSIVE if audit.missed else Verdict.PASS
    return Verdict.PASS if 100 * audit.score >= minimum else Verdict.FAIL


def _families(audit: Audit) -> Bars:
    caught = Counter(CATALOGUE[name].family for name in audit.caught)
    missed = Counter(each.mistake.family for each in audit.missed)
    names = dict.fromkeys(mistake.family for mistake in CATALOGUE.values())
    bars = [_bar(name, caught[name], missed[name]) for name in names if caught[name] or missed[name]]
    worst = max(missed, key=lambda name: missed[name], default=None)
    told = f"Most are missed in the family {worst}." if worst else "None is missed."
    return Bars("Caught and missed, of each family", told, tuple(bars))


def _bar(name: str, caught: int, missed: int) -> Bar:
    parts: list[tuple[float, Role, str]] = [(caught, "good", f"{caught} caught")]
    parts += [(missed, "bad", f"{missed} missed")] if missed else []
    value = f"{caught} of {caught + missed}" if missed else f"all {caught}"
    return Bar(name, tuple(parts), value)
