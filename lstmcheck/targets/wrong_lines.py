"""Which lines of a target's source are wrong: the small network over which it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

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
MOST_BATCH, MOST_STEPS = 8, 4
"""Of those of a configuration."""
INPUT_SIZE, HIDDEN_SIZE, PROJECTED_SIZE = 5, 4, 2
"""All sizes differ, and so do their sums and multiples: what is turned or joined has another shape."""


def wrong_lines(target: Target, report: Report) -> tuple[WrongLine, ...]:
    """Of its forward pass where that is not ours under any declaration; else of its backward pass. Nothing
    where it is no single cell.

    Raises LstmcheckError where it cannot be run at these sizes.
    """
    # Only for a target that fails.
    from lstmcheck.targets.lines.right_results import is_watched

    conformance = report.target.conformance if report.target else None
    one_cell = len(target.case.spec.cells) == 1 and target.case.lengths is None
    if not one_cell or not is_watched(target.section.protocol):
        return ()
    if conformance is None and not target.section.capabilities.own_loss:
        return ()
    is_backward = conformance is None or conformance.verdict == Verdict.PASS
    if conformance is not None and conformance.matches:
        # Their forward pass is right under another declaration, which the report tells.
        return ()
    if is_backward and report.gradient != Verdict.FAIL:
        return ()
    for sizes in _sizes(target):
        try:
            return _asked(target, sizes, is_backward)
        except EndedError:
            raise
        except LstmcheckError:
            continue
    return ()


@dataclass(frozen=True)
class _Sizes:
    """Of the network over which a target is asked."""

    spec: LstmSpec
    batch: int
    steps: int


def _sizes(target: Target) -> Iterator[_Sizes]:
    """Some of our own; those of the configuration, for code that runs at no others."""
    spec, case = target.case.spec, target.case
    projected = None if spec.proj_size is None else PROJECTED_SIZE
    one_step = target.section.capabilities.one_step
    own = replace(spec, input_size=INPUT_SIZE, hidden_size=HIDDEN_SIZE, proj_size=projected)
    yield _Sizes(own, BATCH, 1 if one_step else STEPS)
    length, batch, _ = case.arrays["x"].shape
    yield _Sizes(spec, min(batch, MOST_BATCH), 1 if one_step else min(length, MOST_STEPS))


def _asked(target: Target, sizes: _Sizes, is_backward: bool) -> tuple[WrongLine, ...]:
    layout = NetworkLayout(target.convention, sizes.spec)
    can = target.section.capabilities
    arrays = draw_parameters(sizes.spec, SEED) | draw_inputs(sizes.spec, SEED, sizes.steps, sizes.batch)
    if can.zero_cell:
        arrays["c0"] = np.zeros_like(arrays["c0"])
    return target.session.wrong_lines(layout, arrays, _upstream(sizes, can.upstreams), is_backward)


def _upstream(sizes: _Sizes, letters: str) -> Outputs:
    """Random gradients of the outputs that the protocol takes them of, else zero."""
    spec, batch = sizes.spec, sizes.batch
    shapes: dict[str, tuple[int, ...]] = {
        "y": (sizes.steps, batch, spec.output_size),
        "h": (1, batch, spec.output_size),
        "c": (1, batch, spec.hidden_size),
    }
    drawn: Arrays = {
        letter: generator(SEED, f"upstream {letter}").standard_normal(shape) * (letter in letters)
        for letter, shape in shapes.items()
    }
    return Outputs(drawn["y"], drawn["h"], drawn["c"])
