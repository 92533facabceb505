"""Targets with a loss of their own: what that reads, and whether they begin with its gradient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from lstmcheck.judge.results import Report
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.parameters import INPUT_BLOCKS
from lstmcheck.lstm.types import Arrays, Floats
from lstmcheck.mistakes.diagnosis.fitted_upstream import fitted_upstream
from lstmcheck.mistakes.diagnosis.patterns import Pattern, same
from lstmcheck.mistakes.diagnosis.replay import Replay
from lstmcheck.protocol_capabilities import PROTOCOLS

ANOTHER_LSTM = (
    "no LSTM as declared has the measured gradients, whatever its loss: its forward pass is another, or its"
    " loss reads parameters or inputs by itself"
)
TOO_MANY = "its loss has a gradient of more numbers than are solved for"


def has_own_loss(report: Report) -> bool:
    """Whether a report is of a target that computes a loss."""
    return report.target is not None and PROTOCOLS[report.target.protocol].own_loss


def unread(report: Report) -> tuple[str, ...]:
    """Those of x, h0 and c0 of which the measured gradient is zero everywhere, and that are not zero."""
    reference, arrays = report.values.reference, report.case.arrays
    return tuple(
        name
        for name in INPUT_BLOCKS
        if name in reference and not reference[name].any() and arrays[name].any()
    )


def without(report: Report, names: tuple[str, ...]) -> Report:
    """The report of the same network begun with zero states, in place of those that are not read.

    Neither they nor an x that is not read are compared.
    """
    arrays = dict(report.case.arrays) | {
        name: np.zeros_like(report.case.arrays[name]) for name in names if name != "x"
    }
    blank = {name: np.full_like(report.values.reference[name], np.nan) for name in names}
    return replace(
        report,
        case=replace(report.case, arrays=arrays),
        blocks=tuple(gate for gate in report.blocks if gate.info.name not in names),
        values=replace(report.values, reference={**report.values.reference, **blank}),
    )


def described(names: tuple[str, ...]) -> str | None:
    """`its loss does not depend on h0 and c0`; None where it depends on all."""
    return f"its loss does not depend on {' and '.join(names)}" if names else None


def another_loss(replay: Replay, analytic: Arrays, match: float) -> Pattern | None:
    """Whether the gradients are right ones, of another loss than this one."""
    begun = fitted_upstream(replay.case, replay.checked, analytic)
    if begun is None:
        return None
    made = replace_upstream(replay, begun).right
    for info in replay.infos:
        flags = replay.checked[info.name]
        apart = np.abs(made[info.name] - analytic[info.name])[flags].max(initial=0)
        if not apart <= match * np.abs(analytic[info.name])[flags].max(initial=0):
            return None
    parts = [part for part in _parts(begun, replay.upstream) if part]
    told = "; ".join(parts)
    return Pattern(
        "loss-gradient-wrong",
        f"the backward pass is right, but begins with another gradient than its loss has: {told}",
        told,
        "∂L/∂y, ∂L/∂h_T, ∂L/∂c_T of the loss that is returned",
        frozenset(),
    )


def replace_upstream(replay: Replay, upstream: Outputs) -> Replay:
    """The same network and entries, under another loss."""
    return Replay(replay.config, replay.case, replay.checked, upstream)


def _parts(begun: Outputs, right: Outputs) -> Iterator[str]:
    """What is begun with, in the place of what: `4 times d_y of steps 0 to 3`."""
    factors = [_factor(*pair) for pair in zip(begun.y, right.y, strict=True)]
    for factor in dict.fromkeys(factors):
        steps = [t for t, each in enumerate(factors) if each == factor]
        yield _told(factor, f"d_y of step{'s'[: len(steps) > 1]} {' '.join(map(str, steps))}")
    yield _told(_factor(begun.c_T, right.c_T), "d_c")


def _factor(found: Floats, right: Floats) -> float:
    """What one is of the other; NaN where that is no number, or they are the same."""
    square = float((right**2).sum())
    factor = float((found * right).sum()) / square if square else np.nan
    return float(f"{factor:.9g}") if same(found, factor * right) else np.inf


def _told(factor: float, what: str) -> str:
    if factor == 1 or np.isnan(factor):
        return ""
    return f"another {what}" if np.isinf(factor) else f"{factor:.6g} times {what}"
