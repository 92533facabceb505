"""What the functions of each protocol return where they are right: arrays in the containers that they use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lstmcheck.conventions.layout import Layout
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.types import Arrays, Numbers
from lstmcheck.targets.lines.quantities import SUFFIX, parameters_as
from lstmcheck.targets.protocols.course import GATES as COURSE_GATES

Forward = Callable[[Outputs], Any]
Backward = Callable[[Arrays, Layout], Any]


def is_watched(protocol: str) -> bool:
    """Whether it is known what the functions of a protocol return, and that they are Python."""
    return protocol in BACKWARD


def right_outputs(protocol: str, outputs: Outputs) -> Any:
    """Of its forward pass; None in the places of what is not asked about."""
    return FORWARD[protocol](outputs)


def right_gradients(protocol: str, gradients: Arrays, layout: Layout) -> Any:
    """Of its backward pass, for our gradients of a single cell by array name."""
    return BACKWARD[protocol](gradients, layout)


def _parameters(gradients: Arrays, layout: Layout) -> dict[str, Numbers]:
    own = {name.removesuffix(SUFFIX): a for name, a in gradients.items() if name.endswith(SUFFIX)}
    return parameters_as(layout, own, False)


def _by_name(gradients: Arrays, layout: Layout) -> Any:
    inputs = {"x": gradients["x"], "h0": gradients["h0"][0], "c0": gradients["c0"][0]}
    return {**_parameters(gradients, layout), **inputs}


def _cs231n(gradients: Arrays, layout: Layout) -> tuple[Numbers, ...]:
    own = _parameters(gradients, layout)
    return own["W"], own["U"], own["b"]


def _course(gradients: Arrays, layout: Layout) -> dict[str, Numbers]:
    own = _parameters(gradients, layout)
    found = {f"dW{letter}": own[f"W_{gate}"] for gate, letter in COURSE_GATES.items()}
    return found | {f"db{letter}": own[f"b_{gate}"][:, None] for gate, letter in COURSE_GATES.items()}


def _course_cell(gradients: Arrays, layout: Layout) -> Any:
    inputs = {
        "dxt": gradients["x"][0].T,
        "da_prev": gradients["h0"][0].T,
        "dc_prev": gradients["c0"][0].T,
    }
    return {**inputs, **_course(gradients, layout)}


def _course_sequence(gradients: Arrays, layout: Layout) -> Any:
    inputs = {"dx": gradients["x"].transpose(2, 1, 0), "da0": gradients["h0"][0].T}
    return {**inputs, **_course(gradients, layout)}


def _in_columns(y: Numbers) -> Numbers:
    return np.asarray(y.transpose(2, 1, 0))


FORWARD: dict[str, Forward] = {
    "plain": lambda out: (out.y, out.h_T[0], out.c_T[0], None),
    "cs231n-step": lambda out: (out.h_T[0], out.c_T[0], None),
    "cs231n-sequence": lambda out: (out.y.swapaxes(0, 1), None),
    "course-cell": lambda out: (out.h_T[0].T, out.c_T[0].T, None, None),
    "course-sequence": lambda out: (_in_columns(out.y), None, None, None),
    "karpathy": lambda out: (out.y, out.c_T[0], out.h_T[0], None),
}
BACKWARD: dict[str, Backward] = {
    "plain": _by_name,
    "loss": lambda g, layout: (None, _by_name(g, layout)),
    "cs231n-step": lambda g, layout: (g["x"][0], g["h0"][0], g["c0"][0], *_cs231n(g, layout)),
    "cs231n-sequence": lambda g, layout: (g["x"].swapaxes(0, 1), g["h0"][0], *_cs231n(g, layout)),
    "course-cell": _course_cell,
    "course-sequence": _course_sequence,
    "karpathy": lambda g, layout: (g["x"], _parameters(g, layout)["W"], g["c0"][0], g["h0"][0]),
}
