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
from lstmcheck.lstm.precision import PRECISIONS
from lstmcheck.lstm.types import Arrays, Flags, Floats
from lstmcheck.mistakes.catalogue import applicable
from lstmcheck.mistakes.diagnosis.explanation import Explanation, best_group, residual
from lstmcheck.mistakes.diagnosis.fitted_upstream import fitted_upstream
from lstmcheck.mistakes.diagnosis.in_some_cells import SearchInSomeCells, beginning, wrong_cells
from lstmcheck.mistakes.diagnosis.locate import locate
from lstmcheck.mistakes.diagnosis.own_loss import (
    ANOTHER_LSTM,
    TOO_MANY,
    another_loss,
    described,
    has_own_loss,
    unread,
    without,
)
from lstmcheck.mistakes.diagnosis.pairs import PairSearch
from lstmcheck.mistakes.diagnosis.patterns import find_patterns
from lstmcheck.mistakes.diagnosis.replay import Replay
from lstmcheck.mistakes.diagnosis.several import Several
from lstmcheck.mistakes.diagnosis.shared_last_output import find_with_shares
from lstmcheck.mistakes.diagnosis.suspects import in_part, of_patterns, suspect_of
from lstmcheck.mistakes.diagnosis.tell_apart import what_tells_apart
from lstmcheck.mistakes.diagnosis.visible_gradients import TargetView
from lstmcheck.mistakes.mistake import Mistake, compose
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
REST_IS_RIGHT = "all else is right"
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
    if has_own_loss(report):
        return _of_own_loss(report, pairs)
    replay = Replay(report.config, report.case, _compared(report))
    if not _confirmed(report, replay):
        return Diagnosis(note=NOT_OURS if _is_another_network(report) else UNCONFIRMED)
    return _explained(report, replay, backward, ask, pairs)


def _of_own_loss(report: Report, pairs: int | None) -> Diagnosis:
    """Of a target with a loss of its own, the gradients of its outputs found first."""
    names = unread(report)
    report, note = without(report, names), described(names)
    upstream = fitted_upstream(report.case, _checked(report), report.values.reference)
    if upstream is None:
        return Diagnosis(note=_and(note, TOO_MANY))
    replay = Replay(report.config, report.case, _compared(report), upstream)
    if not _confirmed(report, replay):
        return Diagnosis(note=_and(note, ANOTHER_LSTM))
    if note and _is_right(report, replay):
        return Diagnosis(note=_and(note, REST_IS_RIGHT))
    found = _explained(report, replay, None, None, pairs)
    return replace(found, note=_and(note, found.note))


def _is_right(report: Report, replay: Replay) -> bool:
    """Whether every gradient that is compared is the right one."""
    analytic, match = report.values.analytic, _match(report)
    return not any(
        (np.abs(analytic[i.name] - replay.right[i.name]) > match * np.abs(replay.right[i.name]).max()).any()
        for i in replay.infos
    )


def _explained(
    report: Report, replay: Replay, backward: type[Backward] | None, ask: Ask | None, pairs: int | None
) -> Diagnosis:
    """What explains a report's gradients, where our own agree with its reference."""
    with np.errstate(all="ignore"):
        wanted = replay.flat(report.values.analytic) - replay.flat_right
    if not np.isfinite(wanted).all():
        return Diagnosis(note=NOT_FINITE)
    if backward is not None:
        ask = partial(Case.gradients, backward=backward)
    search = _Search(
        replay,
        report.values.analytic,
        pairs,
        _match(report),
        TargetView.of(report),
        ask,
        has_own_loss(report),
    )
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
    own_loss: bool

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
            return Diagnosis((of_patterns(patterns),))
        if self.own_loss and (found := self._with_its_loss(mistakes, wanted)):
            return Diagnosis(found)
        several = Several(self.replay, self.analytic, mistakes, self.match, self.ask, self._work)
        if group := several.whole():
            return Diagnosis(self._suspects(group))
        if group := several.in_some_gates():
            return Diagnosis(self._suspects(group))
        chosen, patterns = several.patterns()
        if patterns:
            return Diagnosis((of_patterns(patterns, chosen),))
        tried = [f"each of {len(mistakes)} alone", *part.tried, several.tried]
        # Easier questions leave the likeliest pairs: a target may answer them otherwise than the whole one.
        most = self.pairs if len(several.scenes) == 1 else LIKELIEST_PAIRS
        search = PairSearch(self.replay, mistakes, differences, most=most)
        if two := self._confirmed(search.find(wanted, self.match)):
            return Diagnosis(self._suspects(two))
        tried.insert(-1, search.tried)
        return replace(in_part(several), note=beginning(self.replay, wrong), tried=tuple(tried))

    def _with_its_loss(self, mistakes: Sequence[Mistake], wanted: Floats) -> tuple[Suspect, ...]:
        """What explains everything by what cannot be measured of a target's loss; or nothing."""
        pattern = another_loss(self.replay, self.analytic, self.match)
        another = pattern is not None
        if group := find_with_shares(self.replay, mistakes, wanted, self.match, of_another_loss=another):
            return self._suspects(group)
        return (of_patterns([pattern]),) if pattern else ()

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
        return tuple(suspect_of(each, apart) for each in group)


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
