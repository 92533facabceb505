"""Gradients from a file as the subject of a check: nobody's code is run, ours is measured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lstmcheck.arrays.gradients_file import OUTPUTS, GradientsFile, read_gradients
from lstmcheck.arrays.make_case import make_case
from lstmcheck.config.convention import convention_of
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.subject import Subject
from lstmcheck.judge.target_answers import Conformance, TargetAnswers
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.precision import PRECISIONS, lowest
from lstmcheck.lstm.types import Arrays
from lstmcheck.reference.rounding import scope_maxima
from lstmcheck.subjects.ours import measured_on_ours
from lstmcheck.subjects.precisions import Precisions, undeclared_note
from lstmcheck.subjects.request import Request
from lstmcheck.targets.conformance import conformance_of
from lstmcheck.targets.protocols import Pass
from lstmcheck.targets.target import DEFAULT_CONVENTION, section_of
from lstmcheck.tolerances.noise import OTHER_INPUTS
from lstmcheck.tolerances.precision import EPS


@contextmanager
def opened(request: Request) -> Iterator[Subject]:
    """The gradients of a file, measured on our own forward pass. Raises LstmcheckError for a bad file."""
    config = request.config
    if request.functions is not None:
        raise LstmcheckError("gradients from a file call no functions.", where="target.protocol")
    drawn = make_case(config)
    found = read_gradients(config, drawn)
    declared = PRECISIONS[section_of(config).dtype]
    precisions = Precisions(declared, found.precisions, found.of_outputs)
    # Whoever computes in float32 has got these numbers in float32.
    case = drawn.rounded(lowest(declared, found.highest, found.given_in or declared))
    measured = case.at_scale_one()
    rounding, imprecise = precisions.rounding(measured, config.seed)
    yield measured_on_ours(
        request,
        case,
        measured,
        outputs=found.outputs,
        analytic=found.gradients,
        rounding=rounding,
        reference_precision=precisions.reference(measured, EPS),
        precision=precisions.lowest,
        precisions=precisions.by_array(measured),
        missing_gates=found.missing_gates,
        imprecise=imprecise,
        answers=lambda: _answers(request, found, precisions, case),
    )


def _answers(request: Request, found: GradientsFile, precisions: Precisions, case: Case) -> TargetAnswers:
    section = section_of(request.config)
    return TargetAnswers(
        name=str(section.file),
        protocol=section.protocol,
        conformance=_conformance(request, found, case),
        purity=None,
        behaviour=(),
        precision=precisions.lowest.name,
        judged_by_ours=True,
        notes=(*_notes(precisions), *_looks_like_other_inputs(found, case)),
    )


def _notes(precisions: Precisions) -> Iterator[str]:
    """What the tolerance of gates allows for, where that is more than float64 needs."""
    if precisions.declared.is_low:
        yield f"{precisions.declared} was asked for: every array may have the rounding of that"
    yield from undeclared_note(precisions)


def _looks_like_other_inputs(found: GradientsFile, case: Case) -> Iterator[str]:
    """Where nothing is near ours, and no fingerprint says whose gradients they are."""
    if found.given_in is None and not any(_is_near(info, found.gradients, case) for info in case.infos):
        yield (
            "nothing in it is near: gradients of other inputs look like this, as of another seed; the"
            " fingerprint that lstmcheck inputs writes, copied over, tells"
        )


def _is_near(info: ArrayInfo, gradients: Arrays, case: Case) -> bool:
    """Whether any gate, or step, of an array is what ours is, but for a small part."""
    if info.name not in gradients:
        return False
    off, size = (
        scope_maxima(info, a) for a in (gradients[info.name] - case.right[info.name], case.right[info.name])
    )
    return bool((off <= OTHER_INPUTS * size).any())


def _conformance(request: Request, found: GradientsFile, case: Case) -> Conformance | None:
    """Of the outputs that the file has; None without any. What they are instead cannot be tried out."""
    if not found.outputs:
        return None
    config = request.config
    declared = PRECISIONS[section_of(config).dtype]
    ours = case.trace(keep=False).outputs
    outputs = ours._replace(**found.outputs)
    shown = "".join(letter for name, letter in OUTPUTS.items() if name in found.outputs)
    key = section_of(config).convention or DEFAULT_CONVENTION
    return conformance_of(
        case,
        convention_of(key, bias=config.lstm.bias),
        Pass(outputs, None, precision=lowest(declared, found.of_outputs), shown=shown),
        config.seed,
    )
