"""A diagnosis in sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from shlex import quote
from typing import Any

from lstmcheck.config import format_value
from lstmcheck.judge.diagnosis_result import Asked, Location, Suspect, WrongTerm
from lstmcheck.judge.results import Report
from lstmcheck.lstm.gates import GATES
from lstmcheck.mistakes.topics import topic_of

PER_GATE = re.compile(r"^(d_[zWUb])_[ifgo]$")
EQUATIONS = {
    "d_z_i": "d_c ∘ g ∘ gate'(z_i)",
    "d_z_f": "d_c ∘ c_{t−1} ∘ gate'(z_f)",
    "d_z_g": "d_c ∘ i ∘ candidate'(z_g)",
    "d_z_o": "d_m ∘ output(c_t) ∘ gate'(z_o)",
    "d_c": "d_m ∘ o ∘ output'(c_t) + d_c from step t+1",
    "d_x": "Σ_k W_kᵀ d_z_k",
    "d_h of the step before": "Σ_k U_kᵀ d_z_k",
    "d_c of the step before": "d_c ∘ f",
}
"""Of the terms that a step's gradients are told by."""
MOST_APART, MOST_TOLD = 3, 7
"""Mistakes at once that take three lines each, and that are told at all: in twelve lines together."""
MOST_PLACES = 3
MOST_TERMS = 4
"""That are told with their numbers."""


def formulas(report: Report) -> Iterator[tuple[str, str, str]]:
    """Name, wrong formula and right one of each mistake that explains the failure."""
    if report.diagnosis and report.diagnosis.suspects:
        best = report.diagnosis.suspects[0]
        for name, (wrong, right) in zip((best.mistake, *best.partners), best.formulas, strict=True):
            yield name, wrong, right


def sentences(report: Report, *, with_formulas: bool = True) -> Iterator[str]:
    """What the failure looks like: the mistake, wrong beside right; or where it is; or that it is unknown."""
    diagnosis = report.diagnosis
    if diagnosis is None:
        return
    if diagnosis.declared is not None:
        yield f"Diagnosed as declared with {declaring(diagnosis.declared)}, where its outputs are ours."
    if diagnosis.suspects:
        yield from _named(diagnosis.suspects, with_formulas=with_formulas)
        if not report.lines and (look := _look(diagnosis.suspects[0])):
            yield look
        if read := _read(diagnosis.suspects[0]):
            yield read
        if diagnosis.note:
            yield f"  Besides, {diagnosis.note}."
        return
    why = _because(diagnosis.note)
    if diagnosis.partial:
        yield from _in_part(diagnosis.partial, diagnosis.unexplained)
    elif diagnosis.tried:
        yield f"Diagnosis: no known mistake gives these gradients{why}."
    else:
        yield f"Diagnosis: none was looked for{why}."
    if diagnosis.tried:
        yield f"  Tried: {'; '.join(diagnosis.tried)}."
    if diagnosis.asked:
        yield _asked(diagnosis.asked)
    if diagnosis.location:
        yield _located(diagnosis.location)


def mistakes(report: Report) -> str | None:
    """The names of the mistakes that give these gradients; None where there are none."""
    diagnosis = report.diagnosis
    return names(diagnosis.suspects[0]) if diagnosis and diagnosis.suspects else None


def _named(suspects: tuple[Suspect, ...], *, with_formulas: bool) -> Iterator[str]:
    best, *others = suspects
    if len(best.partners) < 2:
        yield f"Diagnosis: {names(best)}: {best.title}."
    else:
        yield f"Diagnosis: {len(best.partners) + 1} known mistakes at once give these gradients."
    if with_formulas:
        yield from _formulas(best)
    if others:
        equals = "; ".join(f"{names(other)} ({other.title})" for other in others)
        remedy = _what_tells_apart(best)
        yield f"  It may as well be {equals}: on this configuration they are the same. {remedy}"


def _formulas(suspect: Suspect) -> Iterator[str]:
    """Wrong above right, with the names where there are many; a line for each where that is too long."""
    every = list(zip((suspect.mistake, *suspect.partners), suspect.formulas, strict=True))
    if len(every) > MOST_APART:
        yield from (f"  {name}: wrong: {wrong}, right: {right}" for name, (wrong, right) in every[:MOST_TOLD])
        if len(every) > MOST_TOLD:
            yield f"  and {', '.join(name for name, _ in every[MOST_TOLD:])}"
        return
    for name, (wrong, right) in every:
        if len(every) > 2:
            yield f"  {name}:"
        yield f"  wrong: {wrong}"
        yield f"  right: {right}"


def _in_part(suspect: Suspect, unexplained: tuple[str, ...]) -> Iterator[str]:
    yield (
        f"Diagnosis: in part: {', '.join(suspect.explains)} as {names(suspect)} would make"
        f" {'it' if len(suspect.explains) == 1 else 'them'}; not explained: {', '.join(unexplained)}."
    )
    yield from _formulas(suspect)


def _asked(asked: Asked) -> str:
    """The easiest question in which something is wrong that has no name."""
    wrong = "; ".join(map(_wrong_term, asked.wrong[:MOST_TERMS]))
    more = f"; {len(asked.wrong) - MOST_TERMS} more" if len(asked.wrong) > MOST_TERMS else ""
    right = f" Right there: {', '.join(_shortened(asked.right))}." if asked.right else ""
    return f"Asked about {asked.question}: wrong are {wrong}{more}.{right}"


def _shortened(names: tuple[str, ...]) -> Iterator[str]:
    """`d_z_i, d_z_f, d_z_g, d_z_o` is d_z."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(PER_GATE.sub(r"\1", name), []).append(name)
    for prefix, mine in groups.items():
        yield from [prefix] if len(mine) == len(GATES) else mine


def _wrong_term(term: WrongTerm) -> str:
    if term.analytic is None or term.right is None:
        return term.name
    index = ", ".join(map(str, term.index))
    equation = f" = {EQUATIONS[term.name]}" if term.name in EQUATIONS else ""
    return f"{term.name}{equation} (at [{index}] {term.analytic:.6e}, right {term.right:.6e})"


def _what_tells_apart(suspect: Suspect) -> str:
    if suspect.apart:
        return f"With {suspect.apart} they would differ."
    if suspect.beyond:
        return f"{suspect.beyond[0].upper()}{suspect.beyond[1:]} would tell them apart."
    return "No simple change makes them differ."


def names(suspect: Suspect) -> str:
    """The ids of an explanation: one, or several that are there at once."""
    return " and ".join((suspect.mistake, *suspect.partners))


def declaring(keys: Mapping[str, Any]) -> str:
    """Keys as a command has them, ready to paste: `--set lstm.activations.output=identity`."""
    return " ".join(f"--set {quote(f'{key}={format_value(value)}')}" for key, value in keys.items())


def _look(suspect: Suspect) -> str | None:
    """Where the mistakes are made, in a sentence; None where that is not known, or in too many places."""
    if not 0 < len(suspect.look) <= MOST_PLACES:
        return None
    return f"  Look at {'; and at '.join(suspect.look)}."


def _read(suspect: Suspect) -> str | None:
    """What explains the mistakes, as a command; None where that is nothing, or too much."""
    topics = dict.fromkeys(filter(None, map(topic_of, (suspect.mistake, *suspect.partners))))
    if not 0 < len(topics) <= MOST_PLACES:
        return None
    return f"  Read: lstmcheck explain CONFIG {' '.join(f'--topic {topic}' for topic in topics)}"


def _because(note: str | None) -> str:
    return f"; {note}" if note else ""


def _located(at: Location) -> str:
    direction = ", reverse direction" if at.reverse else ""
    return (
        f"Counted from the end, the gradients part at d_z_{at.gate} of step t={at.time}, layer {at.layer}"
        f"{direction}: sequence {at.sequence}, unit {at.unit}: backward pass {at.analytic:.6e},"
        f" a nudge of that pre-activation {at.measured:.6e}."
    )
