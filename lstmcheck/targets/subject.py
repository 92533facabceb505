"""A target as the subject of a check: its gradients, its conformance, its purity, and its precision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.activations import ACTIVATIONS, Activation
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import Cell, make_cells
from lstmcheck.lstm.types import Arrays, DType, Numbers
from lstmcheck.reference.evaluate import Network, NudgedNetwork
from lstmcheck.reference.function import LossFunction
from lstmcheck.reference.noise import EPS, ROUNDING_FACTOR, backward_rounding, row_maxima
from lstmcheck.results import Conformance, TargetAnswers
from lstmcheck.subject import Subject
from lstmcheck.targets.conformance import conformance
from lstmcheck.targets.network import Advance, Pool, TargetNetwork
from lstmcheck.targets.purity import first_answers
from lstmcheck.targets.target import Target
from lstmcheck.verdict import Verdict

NO_REFERENCE = "no float64 reference: the outputs are not ours within this precision"


def subject_of(target: Target, seed: int, advance: Advance | None, pool: Pool | None) -> Subject:
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
    rounding = foreign_rounding(target.case, seed, max(EPS, float(np.finfo(ran.dtype).eps)))
    if ran.outputs is None:
        rounding = _for_another_loss(target.case, rounding, found.arrays)
    judge = _judge(target, ran.dtype, conforms, advance, pool)
    return Subject(
        config=target.config,
        case=target.case,
        network=judge.network,
        function=judge.function,
        outputs=target.case.results(ran.outputs) if ran.outputs else {"loss": np.asarray(ran.loss)},
        analytic=found.arrays,
        rounding=rounding,
        right=target.case.gradients(),
        missing_gates=found.missing_gates,
        uncovered=target.uncovered_upstreams,
        imprecise=judge.imprecise,
        undecidable=judge.undecidable,
        one_number=ran.outputs is None,
        answers=TargetAnswers(
            name=target.name,
            protocol=target.protocol,
            conformance=conforms,
            purity=answers.purity,
            precision=str(ran.dtype),
            notes=tuple(_notes(target, ran.dtype)),
        ),
    )


class _Judge(NamedTuple):
    """Who measures: the target itself; or our network, of one that computes in less than float64."""

    network: Network
    function: LossFunction
    imprecise: float = 0.0
    undecidable: str | None = None


def _judge(
    target: Target, dtype: DType, conforms: Conformance | None, advance: Advance | None, pool: Pool | None
) -> _Judge:
    eps = float(np.finfo(dtype).eps)
    if eps <= EPS:
        return _Judge(TargetNetwork(target, advance, pool), target)
    passed = conforms is not None and conforms.verdict == Verdict.PASS
    # Half the digits: what is off by less may have lost them, a wrong formula is off by more.
    return _Judge(
        NudgedNetwork(target.case, progress=advance), target.case, eps**0.5, None if passed else NO_REFERENCE
    )


def _notes(target: Target, dtype: DType) -> Iterator[str]:
    asked = target.adapter.dtype
    if np.finfo(dtype).eps > EPS:
        but = f", though it was given {asked}" if asked != dtype else ""
        yield f"it computes in {dtype}{but}: judged by our float64 gradients at the same numbers"
    if printed := target.adapter.call.printed.strip():
        lines = printed.splitlines()
        yield f"it prints, which is kept out of the result; its first line: {lines[0][:80]}"


def foreign_rounding(case: Case, seed: int, eps: float) -> Arrays:
    """Bound on the rounding of somebody else's correct backward pass, by array: (rows,).

    Most take the derivative of a sigmoid from its value, v(1 − v), which has few digits in saturation: they
    may lose as many as ours loses when it does so.
    """
    bounds, exact = backward_rounding(case, seed, eps), case.gradients()
    by_value = case.gradients(cells={k: _by_value(c) for k, c in make_cells(case.spec, case.arrays).items()})
    return {
        info.name: bounds[info.name]
        + ROUNDING_FACTOR * (eps / EPS) * row_maxima(info, by_value[info.name] - exact[info.name])
        for info in case.infos
    }


def _for_another_loss(case: Case, rounding: Arrays, gradients: Arrays) -> dict[str, Numbers]:
    """The same share of each row, where the gradients are those of a loss that is not the case's."""
    right, found = case.gradients(), dict(rounding)
    for info in case.infos:
        if info.name in gradients:
            ours, theirs = (row_maxima(info, a[info.name]) for a in (right, gradients))
            share = np.divide(rounding[info.name], ours, out=np.zeros_like(ours), where=ours > 0)
            found[info.name] = LOSS_ROOM * np.max(share) * theirs
    return found


LOSS_ROOM = 4
"""Entries cancel differently under another loss."""
BY_VALUE = {
    "sigmoid": replace(ACTIVATIONS["sigmoid"], derivative=lambda z: (v := 1 / (1 + np.exp(-z))) * (1 - v)),
    "tanh": replace(ACTIVATIONS["tanh"], derivative=lambda z: 1 - np.tanh(z) ** 2),
}


def _by_value(cell: Cell) -> Cell:
    """A cell whose derivatives are computed from the activations."""

    def of(name: str, own: Activation) -> Activation:
        return BY_VALUE.get(name, own)

    cell.gate = of(cell.spec.gate, cell.gate)
    cell.candidate = of(cell.spec.candidate, cell.candidate)
    cell.output = of(cell.spec.output, cell.output)
    return cell
