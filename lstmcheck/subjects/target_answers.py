"""A target as the subject of a check: its gradients, its conformance, its purity, and its precision."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.results import Conformance, TargetAnswers
from lstmcheck.judge.subject import Subject
from lstmcheck.judge.verdict import Verdict
from lstmcheck.lstm.activations import ACTIVATIONS, Activation
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import Cell, make_cells
from lstmcheck.lstm.parameters import ArrayInfo, generator
from lstmcheck.lstm.types import Arrays, DType, Numbers
from lstmcheck.reference.evaluate import Network, NudgedNetwork
from lstmcheck.reference.function import LossFunction
from lstmcheck.reference.noise import backward_rounding, scope_maxima
from lstmcheck.targets.conformance import conformance
from lstmcheck.targets.network import Advance, TargetNetwork
from lstmcheck.targets.protocols import Pass
from lstmcheck.targets.purity import first_answers
from lstmcheck.targets.running.session import Session
from lstmcheck.targets.target import Target, is_low
from lstmcheck.tolerances import EPS, IMPRECISE, LOSS_ROOM, ROUNDING_FACTOR


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
    rounding = foreign_rounding(case, seed, max(EPS, float(np.finfo(ran.dtype).eps)))
    if ran.outputs is None:
        rounding = _as_shares(case, rounding)
    judge = _judge(replace(target, case=case), ran, conforms, advance, sessions)
    unit = 1.0 if ran.outputs is None else target.case.loss.scale
    return Subject(
        config=target.config,
        case=target.case,
        network=judge.network,
        function=judge.function,
        outputs=target.case.results(ran.outputs) if ran.outputs else {"loss": np.asarray(ran.loss)},
        analytic=_in_units_of(unit / target.unit(ran), found.arrays),
        rounding=rounding,
        right=case.gradients(),
        everything=judge.everything,
        foreign=not judge.is_ours,
        reference_precision=EPS / max(EPS, float(np.finfo(ran.dtype).eps)) if judge.is_ours else 1.0,
        unit=unit,
        eps=judge.eps,
        dtype=ran.dtype,
        missing_gates=found.missing_gates,
        uncovered=target.uncovered_upstreams,
        no_place=target.capabilities.no_place,
        imprecise=judge.imprecise,
        one_number=ran.outputs is None,
        answers=TargetAnswers(
            name=target.name,
            protocol=target.protocol,
            conformance=conforms,
            purity=answers.purity,
            precision=str(ran.dtype),
            judged_by_ours=judge.is_ours,
            notes=tuple(_notes(target, ran.dtype, judge)),
        ),
    )


def _in_units_of(unit: float, gradients: Arrays) -> Arrays:
    return gradients if unit == 1 else {name: unit * array for name, array in gradients.items()}


class _Judge(NamedTuple):
    """Who measures: the target itself; or our network, where the target is the same in less than float64."""

    network: Network
    function: LossFunction
    everything: Callable[[], LossFunction] | None
    eps: float
    imprecise: float

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
    eps = float(np.finfo(ran.dtype).eps)
    imprecise = eps**IMPRECISE if is_low(ran.dtype) else 0.0
    random = generator(target.config.seed, "everything")
    if is_low(ran.dtype) and conforms is not None and conforms.verdict == Verdict.PASS:
        case = target.case
        network = NudgedNetwork(case, progress=advance)
        return _Judge(network, case, lambda: case.reading_everything(random), EPS, imprecise)

    def everything() -> LossFunction:
        return replace(target, case=target.case.reading_everything(random))

    shown = everything if ran.outputs is not None else None
    return _Judge(TargetNetwork(target, advance, sessions), target, shown, max(eps, EPS), imprecise)


def _notes(target: Target, dtype: DType, judge: _Judge) -> Iterator[str]:
    asked = target.dtype
    if is_low(dtype):
        but = f", though it was given {asked}" if asked != dtype else ""
        how = (
            "our float64 gradients at the same numbers"
            if judge.is_ours
            else "its own forward pass, with its noise"
        )
        yield f"it computes in {dtype}{but}: judged by {how}"
    yield from target.session.notes


def foreign_rounding(case: Case, seed: int, eps: float) -> Arrays:
    """Bound on the rounding of somebody else's correct backward pass, by array: (scopes,).

    Most take the derivative of a sigmoid from its value, v(1 − v), which has few digits in saturation: they
    may lose as many as ours loses when it does so.
    """
    bounds, exact = backward_rounding(case, seed, eps), case.gradients()
    by_value = case.gradients(cells={k: _by_value(c) for k, c in make_cells(case.spec, case.arrays).items()})
    return {
        info.name: bounds[info.name]
        + ROUNDING_FACTOR * (eps / EPS) * scope_maxima(info, by_value[info.name] - exact[info.name])
        for info in case.infos
    }


def _as_shares(case: Case, rounding: Arrays) -> dict[str, Numbers]:
    """Relative to the largest gradient of each gate, for gradients of a loss that is not the case's:
    (scopes,)."""
    right = case.gradients()

    def share(info: ArrayInfo) -> float:
        bounds, sizes = (
            a.reshape(info.rows, -1).max(1)
            for a in (rounding[info.name], scope_maxima(info, right[info.name]))
        )
        return float(np.divide(bounds, sizes, out=np.zeros_like(sizes), where=sizes > 0).max())

    return {info.name: np.full(info.scopes, LOSS_ROOM * share(info)) for info in case.infos}


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
