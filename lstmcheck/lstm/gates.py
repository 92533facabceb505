"""The gate axis, first of W, U and b: the place of each gate, its letter, and its label."""

from __future__ import annotations

I, F, G, O = range(4)  # noqa: E741
"""Positions on the gate axis: input, forget, candidate, output."""
GATES = "ifgo"
"""Their letters, in that order."""
PEEPHOLE_GATES = "ifo"
"""Order of the gate axis of p: the candidate has no peephole."""


def peephole_row(gate: int) -> int:
    """Position of a gate on the first axis of p."""
    return PEEPHOLE_GATES.index(GATES[gate])


def gate_label(name: str, gate: str | None) -> str:
    """One gate of an array as reports name it: `W_l0_f`; the array itself where it has no gates."""
    return name if gate is None else f"{name}_{gate}"
