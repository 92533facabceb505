"""The name of what is wrong with a backward pass, from its gradients; or where it goes wrong; or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from lstmcheck.judge.diagnosis_result import Diagnosis, Suspect
from lstmcheck.judge.results import Report
from lstmcheck.judge.subject import Ask
from lstmcheck.judge.verdict import Verdict
from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.cell_names import Cells
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.parameters import array_name
from lstmcheck.lstm.precision import PRECISIONS
from lstmcheck.lstm.types import Arrays, Flags, Floats
from lstmcheck.mistakes.catalogue import applicable
from lstmcheck.mistakes.diagnosis.explanation import Explanation, best_group, residual
from lstmcheck.mistakes.diagnosis.fitted_upstream import fitted_upstream
from lstmcheck.mistakes.diagnosis.in_some_cells import SearchInSomeCells, beginning, wrong_cells
from lstmcheck.mistakes.diagnosis.locate import locate
from lstmcheck.mistakes.diagnosis.pairs import PairSearch
from lstmcheck.mistakes.diagnosis.patterns import Pattern, find_patterns
from lstmcheck.mistakes.diagnosis.replay import Replay
from lstmcheck.mistakes.diagnosis.several import Several
from lstmcheck.mistakes.diagnosis.tell_apart import Distinction, what_tells_apart
from lstmcheck.mistakes.diagnosis.visible_gradients import TargetView
from lstmcheck.mistakes.mistake import Mistake, compose
from lstmcheck.protocol_capabilities import PROTOCOLS
from lstmcheck.tolerances.diagnosis import (
    CONFIRMED_ROOM,
    LIKELIEST_PAIRS,
    MATCH,
    REPLAY_OVERHEAD,
    SETS_WORK,
)
from lstmcheck.tolerances.noise import IMPRECISE
from lstmcheck.tolerances.precision import EPS

UNCONFIRMED = "the reference does not confirm the gradients that the catalogue is compared with"
NOT_OURS = "its forward pass is not ours, so that the catalogue has nothing to compare its gradients with"
ONLY_KNOWN_ZEROS = "what has an effect is right: only the forget rows, which have none, are not zero"
NOT_FINITE = "the gradients are not finite, so no digits can be compared"


def diagnose(
    report: Report,
    backward: type[Backward] | None = None,
    ask: Ask | None = None,
    *,
    pairs: int | None = None,
) -> Diagnosis:
    """What explains the difference between a report's analytic gradients and the right ones.

    `backward` is what was checked, where that is a variation of our own: then what has no name is at
    least located. `ask` puts easier questions to a target.
    `pairs` bounds the searches for several mistakes at once, rather than the work that
    they take.
    """
    if not any(checked.any() for checked in _checked(report).values()):
        return Diagnosis(note=NOT_FINITE)
    if all("known" in gate.methods for gate in report.blocks if gate.verdict == Verdict.FAIL):
        return Diagnosis(note=ONLY_KNOWN_ZEROS)
    replay = Replay(report.config, report.case, _compared(report), _upstream(report))
    if not _confirmed(report, replay):
        return Diagnosis(note=NOT_OURS if _is_another_network(report) else UNCONFIRMED)
    with np.errstate(all="ignore"):
        wanted = replay.flat(report.values.analytic) - replay.flat_right
    if not np.isfinite(wanted).all():
        return Diagnosis(note=NOT_FINITE)
    if backward is not None:
        ask = partial(Case.gradients, backward=backward)
    search = _Search(replay, report.values.analytic, pairs, _match(report), TargetView.of(report), ask)
    diagnosis = search.explain(wanted)
    if diagnosis.suspects or backward is None:
        return diagnosis
    location = locate(replay.case, replay.trace, replay.upstream, backward)
    right = None if location else "every pre-activation's gradient is right"
    return replace(diagnosis, location=location, note=_and(diagnosis.note, right))


def _and(*notes: str | None) -> str | None:
    return "; ".join(filter(None, notes)) or None


def _compared(report: Report) -> dict[str, Flags]:
    """Whole gates, wherever the reference confirms those entries of ours that it was measured at."""
    flags, view = _checked(report), TargetView.of(report)
    for gate in report.blocks:
        info = gate.info
        if not gate.unmeasurable and info.name in flags:
            whole = np.ones(info.shape, bool) if view is None else view.flags(info)
            rows = [info.row(gate.gate)] if gate.gate else slice(None)
            flags[info.name][rows] |= whole[rows]
    return flags


def _match(report: Report) -> float:
    """What an explanation may leave over: more of gradients that have fewer digits."""
    precision = report.target.precision if report.target else "float64"
    eps = PRECISIONS[precision].eps
    return max(MATCH, eps**IMPRECISE if eps > EPS else 0.0)


@dataclass(frozen=True)
class _Search:
    """What is searched for an explanation, how far, and what an explanation may leave over."""

    replay: Replay
    analytic: Arrays
    pairs: int | None
    match: float
    view: TargetView | None
    ask: Ask | None

    def explain(self, wanted: Floats) -> Diagnosis:
        """Single mistakes, in all cells or some, patterns, several: the first kind that explains everything.

        Where nothing does: what explains part of it, what was tried, and where a network first goes wrong, in
        words.
        """
        mistakes = applicable(self.replay.config)
        differences = self.replay.differences(mistakes)
        single = (Explanation((m,), residual(wanted, d)) for m, d in zip(mistakes, differences, strict=True))
        if group := self._confirmed(best_group(single, self.match)):
            return Diagnosis(self._suspects(group))
        wrong = wrong_cells(self.replay, self.analytic, self.match)
        part = SearchInSomeCells(self.replay, mistakes, wrong)
        if group := self._confirmed(part.find(wanted, self.match)):
            return Diagnosis(self._suspects(group))
        if patterns := find_patterns(self.replay, self.analytic):
            return Diagnosis((_of_patterns(patterns),))
        several = Several(self.replay, self.analytic, mistakes, self.match, self.ask, self._work)
        if group := several.whole():
            return Diagnosis(self._suspects(group))
        if group := several.in_some_gates():
            return Diagnosis(self._suspects(group))
        chosen, patterns = several.patterns()
        if patterns:
            return Diagnosis((_of_patterns(patterns, chosen),))
        tried = [f"each of {len(mistakes)} alone", *part.tried, several.tried]
        # Easier questions leave the likeliest pairs: a target may answer them otherwise than the whole one.
        most = self.pairs if len(several.scenes) == 1 else LIKELIEST_PAIRS
        search = PairSearch(self.replay, mistakes, differences, most=most)
        if two := self._confirmed(search.find(wanted, self.match)):
            return Diagnosis(self._suspects(two))
        tried.insert(-1, search.tried)
        return replace(_in_part(several), note=beginning(self.replay, wrong), tried=tuple(tried))

    @property
    def _work(self) -> int:
        return SETS_WORK if self.pairs is None else self.pairs * REPLAY_OVERHEAD

    def _confirmed(self, group: list[Explanation]) -> list[Explanation]:
        """Those that explain every checked entry, not only the ones that were compared first."""
        explains = self.replay.explains_all
        return [each for each in group if explains(compose(each.mistakes), self.analytic) < self.match]

    def _suspects(self, group: Sequence[Explanation]) -> tuple[Suspect, ...]:
        mistakes = [each.mistakes for each in group]
        apart = what_tells_apart(self.replay.config, mistakes, self.view, self.match)
        return tuple(_suspect(each, apart) for each in group)


def _upstream(report: Report) -> Outputs | None:
    """Of a target with a loss of its own; None where the case's loss is the loss."""
    if report.target is None or not PROTOCOLS[report.target.protocol].own_loss:
        return None
    return fitted_upstream(report, _checked(report))


def _checked(report: Report) -> dict[str, Flags]:
    return {name: np.isfinite(found) for name, found in report.values.reference.items()}


def _confirmed(report: Report, replay: Replay) -> bool:
    """Whether our own gradients agree with the reference wherever that could be measured."""
    return all(
        gate.unmeasurable > 0 or _gate_agrees(report, replay, gate.info.name, gate.scale)
        for gate in report.blocks
    )


def _is_another_network(report: Report) -> bool:
    found = report.target.conformance if report.target else None
    return found is not None and found.verdict == Verdict.FAIL


def _gate_agrees(report: Report, replay: Replay, name: str, scale: float) -> bool:
    values = report.values
    apart = np.abs(replay.right[name] - values.reference[name]) - values.uncertainty[name]
    largest = np.nanmax(np.abs(values.reference[name]), initial=0)
    return not np.nanmax(apart, initial=0) > CONFIRMED_ROOM * report.config.check.rtol * max(scale, largest)


def _suspect(found: Explanation, apart: Distinction) -> Suspect:
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
    )


def _named(cells: Cells | None) -> tuple[str, ...]:
    return tuple(array_name("", *key).removeprefix("_") for key in sorted(cells or ()))


def _of_patterns(patterns: Sequence[Pattern], mistakes: Sequence[Mistake] = ()) -> Suspect:
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


def _in_part(several: Several) -> Diagnosis:
    """What explains some of it, and the easiest question in which there is more."""
    asked, found = several.located(), several.partial()
    if found is None:
        return Diagnosis(asked=asked)
    explanation, explained, left = found
    suspect = replace(_suspect(explanation, Distinction()), explains=tuple(explained))
    return Diagnosis(partial=suspect, unexplained=tuple(left), asked=asked)
