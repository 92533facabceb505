"""What operands must be for an operation to give a certain value: elementwise ones and moves are undone."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from lstmcheck.lstm.types import Numbers
from lstmcheck.targets.lines.operations import Operation

ROUNDING = 1e-12
"""Relative to what was subtracted."""


def undo(operation: Operation, position: int, need: Numbers) -> Numbers | None:
    """What one operand of an elementwise operation must be, the others being as they are, for its value to be
    `need`; None where there is no such array."""
    one, other = (
        operation.operands[position].content,
        operation.operands[1 - position].content if len(operation.operands) == 2 else None,
    )
    if len(operation.operands) == 1:
        return _undo_with_constant(operation, need)
    assert other is not None
    first = position == 0
    with np.errstate(all="ignore"):
        if operation.kind is ast.Add:
            found = _difference(need, other)
        elif operation.kind is ast.Sub:
            found = need + other if first else _difference(other, need)
        elif operation.kind is ast.Mult:
            found = need / other
        elif operation.kind is ast.Div:
            found = need * other if first else other / need
        else:
            return None
    return _narrowed(np.asarray(found), one.shape)


def _difference(one: Numbers, other: Numbers) -> Numbers:
    """What is left over of equal numbers is zero, and not their rounding."""
    found = np.asarray(one - other)
    size = max(float(np.abs(one).max(initial=0)), float(np.abs(other).max(initial=0)))
    return np.zeros_like(found) if bool((np.abs(found) <= ROUNDING * size).all()) else found


def _undo_with_constant(operation: Operation, need: Numbers) -> Numbers | None:
    """The other side is a number: what is linear in its operand is known from two values."""
    content = operation.operands[0].content
    if operation.kind not in (ast.Add, ast.Sub, ast.Mult):
        return None
    zero, one = np.zeros_like(content, float), np.ones_like(content, float)
    with np.errstate(all="ignore"):
        offset = operation.again([zero])
        found = (need - offset) / (operation.again([one]) - offset)
    return _narrowed(np.asarray(found), content.shape)


def _narrowed(found: Numbers, shape: tuple[int, ...]) -> Numbers | None:
    """Of an operand that was spread over more axes: what it must be, if that is the same everywhere."""
    if not np.isfinite(found).all():
        return None
    if found.shape == shape:
        return found
    extra = found.ndim - len(shape)
    if extra < 0:
        return None
    axes = tuple(range(extra)) + tuple(
        extra + k for k, n in enumerate(shape) if n == 1 and found.shape[extra + k] > 1
    )
    narrow = found.mean(axis=axes, keepdims=True).reshape(shape)
    size = float(np.abs(found).max(initial=0))
    return narrow if bool((np.abs(found - narrow) <= 1e-9 * size).all()) else None


def moved(operation: Operation, need: Any) -> list[Numbers] | None:
    """What every operand must be, of an operation that only moves numbers: stacks, turns, cuts, copies.

    Found by moving positions in their place. NaN where nothing comes out. None for all others.
    """
    contents = [operand.content for operand in operation.operands]
    starts = np.cumsum([0, *(content.size for content in contents)])
    tags = [
        (start + 1 + np.arange(c.size, dtype=float)).reshape(c.shape)
        for start, c in zip(starts, contents, strict=False)
    ]
    flat = np.concatenate([np.ravel(c) for c in contents]) if contents else np.zeros(0)
    try:
        came, now = _flat(operation.again(tags)), _flat(operation.again(contents))
        wanted = _flat(need)
    except Exception:
        return None
    if came is None or now is None or wanted is None or not len(came) == len(now) == len(wanted):
        return None
    index = np.rint(came).astype(int) - 1
    if not (
        np.array_equal(came, np.rint(came)) and index.min(initial=0) >= 0 and index.max(initial=0) < len(flat)
    ):
        return None
    if not np.array_equal(flat[index], now, equal_nan=True):
        return None
    result = np.full(len(flat), np.nan)
    result[index] = wanted
    if not np.allclose(
        result[index], wanted, rtol=1e-9, atol=0, equal_nan=True
    ):  # it wants two of one number
        return None
    return [result[a:b].reshape(c.shape) for a, b, c in zip(starts, starts[1:], contents, strict=False)]


def _flat(value: Any) -> Numbers | None:
    if isinstance(value, list | tuple):
        parts = [_flat(each) for each in value]
        return None if any(p is None for p in parts) else np.concatenate([p for p in parts if p is not None])
    return np.ravel(value).astype(float) if isinstance(value, np.ndarray | np.generic) else None
