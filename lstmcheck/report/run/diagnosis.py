"""A diagnosis in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from lstmcheck.judge.diagnosis_result import Location, Suspect
from lstmcheck.judge.results import Report


def sentences(report: Report) -> Iterator[str]:
    """What the failure looks like: the mistake, wrong beside right; or where it is; or that it is unknown."""
    diagnosis = report.diagnosis
    if diagnosis is None:
        return
    if diagnosis.suspects:
        yield from _named(diagnosis.suspects)
        return
    why = _because(diagnosis.note)
    if not diagnosis.complete:
        yield f"Diagnosis: none{why}."
        return
    yield f"Diagnosis: no known mistake, alone or with another, gives these gradients{why}."
    if diagnosis.location:
        yield _located(diagnosis.location)


def _named(suspects: tuple[Suspect, ...]) -> Iterator[str]:
    best, *others = suspects
    yield f"Diagnosis: {names(best)}: {best.title}."
    for wrong, right in best.formulas:
        yield f"  wrong: {wrong}    right: {right}"
    if others:
        equals = "; ".join(f"{names(other)} ({other.title})" for other in others)
        remedy = _what_tells_apart(best)
        yield f"  It may as well be {equals}: on this configuration they are the same. {remedy}"


def _what_tells_apart(suspect: Suspect) -> str:
    if suspect.apart:
        return f"With {suspect.apart} they would differ."
    if suspect.beyond:
        return f"{suspect.beyond[0].upper()}{suspect.beyond[1:]} would tell them apart."
    return "No simple change makes them differ."


def names(suspect: Suspect) -> str:
    """The ids of an explanation: one, or several that are there at once."""
    return " and ".join((suspect.mistake, *suspect.partners))


def _because(note: str | None) -> str:
    return f"; {note}" if note else ""


def _located(at: Location) -> str:
    direction = ", reverse direction" if at.reverse else ""
    return (
        f"Counted from the end, the gradients part at d_z_{at.gate} of step t={at.time}, layer {at.layer}"
        f"{direction}: sequence {at.sequence}, unit {at.unit}: backward pass {at.analytic:.6e},"
        f" a nudge of that pre-activation {at.measured:.6e}."
    )
