"""Which lines of a target's source are wrong: the small network over which it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from lstmcheck.conventions.network_layout import NetworkLayout
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.results import Report
from lstmcheck.judge.verdict import Verdict
from lstmcheck.judge.wrong_line import WrongLine
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.parameters import draw_inputs, draw_parameters, generator
from lstmcheck.lstm.spec import LstmSpec
from lstmcheck.lstm.types import Arrays
from lstmcheck.targets.running.faults import EndedError
from lstmcheck.targets.target import Target

SEED = 0
BATCH = 3
STEPS = 3
"""Of sequences: a first, a last, and one between them. A step function is asked about one."""
INPUT_SIZE, HIDDEN_SIZE, PROJECTED_SIZE = 5, 4, 2
"""All sizes differ, and so do their sums and multiples: what is turned or joined has another shape."""


def wrong_lines(target: Target, report: Report) -> tuple[WrongLine, ...]:
    """Of its forward pass where that is not ours; else of its backward pass. Nothing where it is no single
    cell, or shows no outputs.

    Raises LstmcheckError where it cannot be run at these sizes.
    """
    # Only for a target that fails.
    from lstmcheck.targets.lines.right_results import is_watched

    conformance = report.target.conformance if report.target else None
    one_cell = len(target.case.spec.cells) == 1 and target.case.lengths is None
    if conformance is None or not one_cell or not is_watched(target.section.protocol):
        return ()
    is_backward = conformance.verdict == Verdict.PASS
    if is_backward and report.gradient != Verdict.FAIL:
        return ()
    for spec in _specs(target.case.spec):
        try:
            return _asked(target, spec, is_backward)
        except EndedError:
            raise
        except LstmcheckError:
            continue
    return ()


def _specs(spec: LstmSpec) -> Iterator[LstmSpec]:
    """Sizes of our own; those of the configuration, for code that has them written into it."""
    projected = None if spec.proj_size is None else PROJECTED_SIZE
    yield replace(spec, input_size=INPUT_SIZE, hidden_size=HIDDEN_SIZE, proj_size=projected)
    yield spec


def _asked(target: Target, spec: LstmSpec, is_backward: bool) -> tuple[WrongLine, ...]:
    layout = NetworkLayout(target.convention, spec)
    can = target.section.capabilities
    length = 1 if can.one_step else STEPS
    arrays = draw_parameters(spec, SEED) | draw_inputs(spec, SEED, length, BATCH)
    if can.zero_cell:
        arrays["c0"] = np.zeros_like(arrays["c0"])
    return target.session.wrong_lines(layout, arrays, _upstream(spec, length, can.upstreams), is_backward)


def _upstream(spec: LstmSpec, length: int, letters: str) -> Outputs:
    """Random gradients of the outputs that the protocol takes them of, else zero."""
    shapes: dict[str, tuple[int, ...]] = {
        "y": (length, BATCH, spec.output_size),
        "h": (1, BATCH, spec.output_size),
        "c": (1, BATCH, spec.hidden_size),
    }
    drawn: Arrays = {
        letter: generator(SEED, f"upstream {letter}").standard_normal(shape) * (letter in letters)
        for letter, shape in shapes.items()
    }
    return Outputs(drawn["y"], drawn["h"], drawn["c"])
