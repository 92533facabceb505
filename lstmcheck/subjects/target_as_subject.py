"""A target as the subject of a check: its gradients, and what else is asked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np

from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.subject import Subject
from lstmcheck.judge.target_answers import Conformance, TargetAnswers
from lstmcheck.judge.verdict import Verdict
from lstmcheck.lstm.parameters import generator
from lstmcheck.lstm.types import Arrays
from lstmcheck.reference.called_directions import CalledDirections
from lstmcheck.reference.directions import DirectionalNetwork
from lstmcheck.reference.loss_function import LossFunction
from lstmcheck.reference.network import Network
from lstmcheck.reference.network_along_directions import NetworkAlongDirections
from lstmcheck.reference.nudged_network import NudgedNetwork
from lstmcheck.subjects.foreign_rounding import as_shares
from lstmcheck.subjects.precisions import Precisions, undeclared_note
from lstmcheck.targets.backward_on_other_cases import asking
from lstmcheck.targets.behaviour.asking import Asking
from lstmcheck.targets.behaviour.registry import behaviour, obstacle
from lstmcheck.targets.called_network import Advance, TargetNetwork
from lstmcheck.targets.conformance import conformance
from lstmcheck.targets.protocols import Pass
from lstmcheck.targets.purity import Answers, first_answers
from lstmcheck.targets.running.session import Session
from lstmcheck.targets.target import Target
from lstmcheck.targets.wrong_lines import wrong_lines
from lstmcheck.tolerances.precision import EPS


def subject_of(target: Target, seed: int, advance: Advance | None, sessions: Sequence[Session]) -> Subject:
    """Ask a target for everything but its derivatives.

    Raises LstmcheckError for a target that cannot be run, or that returns no gradient at all.
    """
    answers = first_answers(target)
    ran, found = answers.ran, answers.returned
    if not found.arrays:
        raise LstmcheckError(
            "its backward pass returns no gradient: nothing is covered.",
            where=target.name,
            remedy="Return the gradient of one parameter at least.",
        )
    conforms = conformance(target, ran, seed)
    case = target.case.at_scale_one()
    precisions = Precisions(target.precision, found.precisions, ran.precision)
    rounding, imprecise = precisions.rounding(case, seed)
    shares = as_shares(case, rounding)
    judge = _judge(replace(target, case=case), ran, conforms, advance, sessions)
    unit = 1.0 if ran.outputs is None else target.case.loss.scale
    return Subject(
        config=target.config,
        case=target.case,
        network=judge.network,
        along=judge.along,
        function=judge.function,
        outputs=target.case.results(ran.outputs) if ran.outputs else {"loss": np.asarray(ran.loss)},
        analytic=_in_units_of(unit / target.unit(ran), found.arrays),
        rounding=shares if ran.outputs is None else rounding,
        right=case.right,
        everything=judge.everything,
        foreign=not judge.is_ours,
        reference_precision=precisions.reference(case, judge.eps),
        unit=unit,
        eps=judge.eps,
        precision=ran.precision,
        precisions=precisions.by_array(case),
        missing_gates=found.missing_gates,
        uncovered=target.uncovered_upstreams,
        no_place=target.section.capabilities.no_place,
        imprecise=imprecise,
        one_number=ran.outputs is None,
        wrong_lines=partial(wrong_lines, target),
        ask=asking(target, seed),
        answers=lambda: _answers(target, answers, conforms, judge, shares),
    )


def _answers(
    target: Target, first: Answers, conforms: Conformance | None, judge: _Judge, shares: Arrays
) -> TargetAnswers:
    room = Asking(
        target=replace(target, case=target.case.at_scale_one()),
        shares={name: float(share.max(initial=0)) for name, share in shares.items()},
        eps=first.ran.precision.eps,
        conforms=conforms is not None and conforms.verdict == Verdict.PASS,
    )
    return TargetAnswers(
        name=target.name,
        protocol=target.section.protocol,
        conformance=conforms,
        purity=first.purity,
        behaviour=behaviour(room, obstacle(first)),
        precision=first.ran.precision.name,
        judged_by_ours=judge.is_ours,
        notes=(*_notes(target, first, judge), *first.returned.notes),
    )


def _in_units_of(unit: float, gradients: Arrays) -> Arrays:
    return gradients if unit == 1 else {name: unit * array for name, array in gradients.items()}


class _Judge(NamedTuple):
    """Who measures: the target itself; or our network, where the target is the same in less than float64."""

    network: Network
    function: LossFunction
    everything: Callable[[], LossFunction] | None
    eps: float
    along: DirectionalNetwork | None

    @property
    def is_ours(self) -> bool:
        return isinstance(self.network, NudgedNetwork)


def _judge(
    target: Target,
    ran: Pass,
    conforms: Conformance | None,
    advance: Advance | None,
    sessions: Sequence[Session],
) -> _Judge:
    random = generator(target.config.seed, "everything")
    if ran.precision.is_low and conforms is not None and conforms.verdict == Verdict.PASS:
        case = target.case
        network = NudgedNetwork(case, progress=advance)
        ours = NetworkAlongDirections(network)
        return _Judge(network, case, lambda: case.reading_everything(random), EPS, ours)

    def everything() -> LossFunction:
        return replace(target, case=target.case.reading_everything(random))

    shown = everything if ran.outputs is not None else None
    called = TargetNetwork(target, advance, sessions)
    # Steps along a direction are too small for numbers of lower precision.
    along = None if ran.precision.is_low else CalledDirections(called.spread, called.count)
    return _Judge(called, target, shown, ran.precision.eps, along)


def _notes(target: Target, first: Answers, judge: _Judge) -> Iterator[str]:
    asked, precision = target.precision, first.ran.precision
    if precision.is_low:
        but = f", though it was given {asked}" if asked != precision else ""
        how = (
            "our float64 gradients at the same numbers"
            if judge.is_ours
            else "its own forward pass, with its noise"
        )
        yield f"it computes in {precision}{but}: judged by {how}"
    yield from undeclared_note(Precisions(asked, first.returned.precisions, precision))
    yield from target.session.notes
