"""Gradients from a file as the subject of a check: nobody's code is run, ours is measured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from lstmcheck.arrays.gradients_file import OUTPUTS, GradientsFile, read_gradients
from lstmcheck.arrays.make_case import make_case, rounded
from lstmcheck.config.convention import convention_of
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.answers import Conformance, TargetAnswers
from lstmcheck.judge.subject import Subject
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.types import DType
from lstmcheck.subjects.foreign_rounding import foreign_rounding
from lstmcheck.subjects.ours import measured_on_ours
from lstmcheck.subjects.request import Request
from lstmcheck.targets.conformance import conformance_of
from lstmcheck.targets.protocols import Pass
from lstmcheck.targets.target import DEFAULT_CONVENTION, is_low, section_of
from lstmcheck.tolerances import EPS, IMPRECISE


@contextmanager
def opened(request: Request) -> Iterator[Subject]:
    """The gradients of a file, measured on our own forward pass. Raises LstmcheckError for a bad file."""
    config = request.config
    if request.functions is not None:
        raise LstmcheckError("gradients from a file call no functions.", where="target.protocol")
    drawn = make_case(config)
    found = read_gradients(config, drawn)
    given = np.dtype(section_of(config).dtype)
    # Whoever computes in float32 has got these numbers in float32.
    dtype = max(found.dtype, given, key=lambda each: float(np.finfo(each).eps))
    case = rounded(drawn, dtype)
    measured, eps = case.at_scale_one(), max(EPS, float(np.finfo(dtype).eps))
    yield measured_on_ours(
        request,
        case,
        measured,
        outputs=found.outputs,
        analytic=found.gradients,
        rounding=foreign_rounding(measured, config.seed, eps),
        reference_precision=EPS / eps,
        dtype=dtype,
        missing_gates=found.missing_gates,
        imprecise=eps**IMPRECISE if is_low(dtype) else 0.0,
        answers=lambda: _answers(request, replace(found, dtype=dtype), case),
    )


def _answers(request: Request, found: GradientsFile, case: Case) -> TargetAnswers:
    section = section_of(request.config)
    return TargetAnswers(
        name=str(section.file),
        protocol=section.protocol,
        conformance=_conformance(request, found, case),
        purity=None,
        behaviour=(),
        precision=str(found.dtype),
        judged_by_ours=True,
        notes=_notes(found.dtype),
    )


def _notes(dtype: DType) -> tuple[str, ...]:
    """What the tolerance of every gate allows for, where that is more than float64 needs."""
    if not is_low(dtype):
        return ()
    return (f"{dtype} is in it, or was asked for: every array may have the rounding of that",)


def _conformance(request: Request, found: GradientsFile, case: Case) -> Conformance | None:
    """Of the outputs that the file has; None without any. What they are instead cannot be tried out."""
    if not found.outputs:
        return None
    config = request.config
    ours = case.trace(keep=False).outputs
    outputs = ours._replace(**found.outputs)
    shown = "".join(letter for name, letter in OUTPUTS.items() if name in found.outputs)
    key = section_of(config).convention or DEFAULT_CONVENTION
    return conformance_of(
        case,
        convention_of(key, bias=config.lstm.bias),
        Pass(outputs, None, dtype=found.dtype, shown=shown),
        config.seed,
    )
