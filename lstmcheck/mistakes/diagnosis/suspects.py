"""Explanations as a report tells them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lstmcheck.judge.diagnosis_result import Diagnosis, Suspect
from lstmcheck.lstm.cell_names import Cells
from lstmcheck.lstm.parameters import array_name
from lstmcheck.mistakes.diagnosis.explanation import Explanation
from lstmcheck.mistakes.diagnosis.patterns import Pattern
from lstmcheck.mistakes.diagnosis.several import Several
from lstmcheck.mistakes.diagnosis.tell_apart import Distinction
from lstmcheck.mistakes.mistake import Mistake
from lstmcheck.mistakes.where_to_look import where_to_look


def suspect_of(found: Explanation, apart: Distinction) -> Suspect:
    """An explanation, and what would tell it from those that look like it."""
    first, *others = found.mistakes
    return Suspect(
        first.id,
        "; and ".join(mistake.title for mistake in found.mistakes),
        found.residual,
        tuple((mistake.wrong, mistake.right) for mistake in found.mistakes),
        tuple(mistake.id for mistake in others),
        apart.keys,
        apart.beyond,
        _named(first.cells),
        where_to_look(found.mistakes),
    )


def _named(cells: Cells | None) -> tuple[str, ...]:
    return tuple(array_name("", *key).removeprefix("_") for key in sorted(cells or ()))


def of_patterns(patterns: Sequence[Pattern], mistakes: Sequence[Mistake] = ()) -> Suspect:
    """All patterns together are one explanation, on top of mistakes that were found before."""
    names = [mistake.id for mistake in mistakes] + [pattern.mistake for pattern in patterns]
    every: list[Mistake | Pattern] = [*mistakes, *patterns]
    return Suspect(
        names[0],
        "; and ".join(each.title for each in every),
        0.0,
        tuple((each.wrong, each.right) for each in every),
        tuple(names[1:]),
    )


def in_part(several: Several) -> Diagnosis:
    """What explains some of it, and the easiest question in which there is more."""
    asked, found = several.located(), several.partial()
    if found is None:
        return Diagnosis(asked=asked)
    explanation, explained, left = found
    suspect = replace(suspect_of(explanation, Distinction()), explains=tuple(explained))
    return Diagnosis(partial=suspect, unexplained=tuple(left), asked=asked)
