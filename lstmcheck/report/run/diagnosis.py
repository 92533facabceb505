"""A diagnosis in sentences and as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lstmcheck.judge.results import Diagnosis, Location, Report, Suspect


def sentences(report: Report) -> Iterator[str]:
    """What the failure looks like: the mistake, wrong beside right; or where it is; or that it is unknown."""
    found = report.diagnosis
    if found is None:
        return
    if found.suspects:
        yield from _named(found.suspects)
        return
    if not found.complete:
        yield f"Diagnosis: none{_because(found.note)}."
        return
    yield f"Diagnosis: no known mistake, alone or with another, gives these gradients{_because(found.note)}."
    if found.location:
        yield _located(found.location)


def _named(suspects: tuple[Suspect, ...]) -> Iterator[str]:
    best, *others = suspects
    yield f"Diagnosis: {names(best)}: {best.title}."
    for wrong, right in best.formulas:
        yield f"  wrong: {wrong}    right: {right}"
    if others:
        told = "; ".join(f"{names(other)} ({other.title})" for other in others)
        remedy = _what_tells_apart(best)
        yield f"  It may as well be {told}: on this configuration they are the same. {remedy}"


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


def suspects(report: Report) -> list[dict[str, Any]] | None:
    """The explanations, best first; None where nobody looked."""
    found = report.diagnosis
    return None if found is None else [_document(suspect, found) for suspect in found.suspects]


def _document(suspect: Suspect, found: Diagnosis) -> dict[str, Any]:
    return {
        "mistake": suspect.mistake,
        "title": suspect.title,
        "residual": suspect.residual,
        "with": list(suspect.partners),
        "wrong": [wrong for wrong, _ in suspect.formulas],
        "right": [right for _, right in suspect.formulas],
        "equal": [names(other) for other in found.suspects if other != suspect],
        "apart": suspect.apart,
        "beyond": suspect.beyond,
    }


def localisation(report: Report) -> dict[str, Any] | None:
    """The first pre-activation, from the end, whose gradient is wrong."""
    if report.diagnosis is None or report.diagnosis.location is None:
        return None
    return dict(vars(report.diagnosis.location))
