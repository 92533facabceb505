"""The name of what is wrong with a backward pass, from its gradients; or where it goes wrong; or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.types import Arrays, Flags, Floats
from lstmcheck.mistakes.apart import what_tells_apart
from lstmcheck.mistakes.catalogue import applicable
from lstmcheck.mistakes.entry import compose
from lstmcheck.mistakes.locate import locate
from lstmcheck.mistakes.matching import MATCH, Found, best_group, residual
from lstmcheck.mistakes.pairs import PairSearch
from lstmcheck.mistakes.patterns import Pattern, find_patterns
from lstmcheck.mistakes.replay import Replay
from lstmcheck.mistakes.upstream import fitted_upstream
from lstmcheck.results import Diagnosis, Report, Suspect
from lstmcheck.tolerances import EPS
from lstmcheck.verdict import Verdict

UNCONFIRMED = "the reference does not confirm the gradients that the catalogue is compared with"
NOT_OURS = "its forward pass is not ours, so that the catalogue has nothing to compare its gradients with"
NOT_FINITE = "the gradients are not finite, so no digits can be compared"


def diagnosed(report: Report, backward: type[Backward] | None = None, *, pairs: int | None = None) -> Report:
    """The report with a diagnosis, if it is of a failure.

    `backward` is what was checked, where that is a variation of our own: then what has no name is at
    least located. `pairs` bounds the search for two mistakes at once, rather than the work that it takes.
    """
    if report.gradient != Verdict.FAIL:
        return report
    return replace(report, diagnosis=diagnose(report, backward, pairs))


def diagnose(report: Report, backward: type[Backward] | None, pairs: int | None) -> Diagnosis:
    """What explains the difference between a report's analytic gradients and the right ones."""
    if not any(checked.any() for checked in _checked(report).values()):
        return Diagnosis(note=NOT_FINITE)
    replay = Replay(report.config, report.case, _checked(report), _upstream(report))
    if not _confirmed(report, replay):
        return Diagnosis(note=NOT_OURS if _is_another_network(report) else UNCONFIRMED)
    with np.errstate(all="ignore"):
        wanted = replay.flat(report.values.analytic) - replay.flat_right
    if not np.isfinite(wanted).all():
        return Diagnosis(note=NOT_FINITE)
    suspects, untried = name_difference(replay, wanted, report.values.analytic, pairs, _match(report))
    if suspects or backward is None:
        return Diagnosis(suspects, note=untried)
    location = locate(replay.case, replay.trace, replay.upstream, backward)
    right = None if location else "every pre-activation's gradient is right"
    return Diagnosis((), location, "; ".join(filter(None, (untried, right))) or None)


def _match(report: Report) -> float:
    """What an explanation may leave over: more of gradients that have fewer digits."""
    precision = report.target.precision if report.target else "float64"
    eps = float(np.finfo(precision).eps)
    return max(MATCH, (eps**0.5) if eps > EPS else 0.0)


def name_difference(
    replay: Replay, wanted: Floats, analytic: Arrays, pairs: int | None, match: float = MATCH
) -> tuple[tuple[Suspect, ...], str | None]:
    """Single mistakes, then patterns, then pairs: the first kind that explains everything.

    Where nothing does: which pairs were not tried, in words.
    """
    mistakes = applicable(replay.config)
    differences = replay.differences(mistakes)
    single = (Found((m,), residual(wanted, d)) for m, d in zip(mistakes, differences, strict=True))
    if group := _confirmed_group(replay, best_group(single, match), analytic, match):
        return _suspects(group, replay), None
    if patterns := find_patterns(replay, analytic):
        return (_of_patterns(patterns),), None
    search = PairSearch(replay, mistakes, differences, most=pairs)
    two = _confirmed_group(replay, search.find(wanted), analytic, match)
    return _suspects(two, replay), None if two else search.untried


def _confirmed_group(replay: Replay, group: list[Found], analytic: Arrays, match: float) -> list[Found]:
    """Those that explain every checked entry, not only the ones that were compared first."""
    return [found for found in group if replay.explains_all(compose(found.mistakes), analytic) < match]


def _upstream(report: Report) -> Outputs | None:
    """Of a target with a loss of its own; None where the case's loss is the loss."""
    if report.target is None or report.target.protocol != "loss":
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
    return not np.nanmax(apart, initial=0) > 2 * report.config.check.rtol * max(scale, largest)


def _suspects(group: Sequence[Found], replay: Replay) -> tuple[Suspect, ...]:
    apart = what_tells_apart(replay.config, [found.mistakes for found in group])
    return tuple(_suspect(found, apart) for found in group)


def _suspect(found: Found, apart: str | None) -> Suspect:
    first, *others = found.mistakes
    return Suspect(
        first.id,
        "; and ".join(mistake.title for mistake in found.mistakes),
        found.residual,
        tuple((mistake.wrong, mistake.right) for mistake in found.mistakes),
        tuple(mistake.id for mistake in others),
        apart,
    )


def _of_patterns(patterns: Sequence[Pattern]) -> Suspect:
    """All patterns together are one explanation."""
    first, *others = patterns
    return Suspect(
        first.mistake,
        "; and ".join(pattern.title for pattern in patterns),
        0.0,
        tuple((pattern.wrong, pattern.right) for pattern in patterns),
        tuple(pattern.mistake for pattern in others),
    )
