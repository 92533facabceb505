"""Whether calls gave the same numbers: to the last bit, or to half of the digits."""

from __future__ import annotations

import numpy as np

from lstmcheck.lstm.types import Arrays, Numbers


def close(one: Numbers, other: Numbers, share: float = float(np.finfo(np.float32).eps)) -> bool:
    """To half of the digits: sums round."""
    if np.array_equal(one, other, equal_nan=True):
        return True
    allowed = share * max(float(np.abs(one).max(initial=0)), np.finfo(float).tiny)
    return bool((np.abs(one - other) <= allowed).all())


def differs(one: Arrays, other: Arrays, name: str) -> bool:
    """Whether arrays of one name are not the same to the last bit; NaN is the same as NaN."""
    return not np.array_equal(one[name], other[name], equal_nan=True)


def all_equal(arrays: list[Numbers]) -> bool:
    """Whether all of them are the same to the last bit."""
    return all(np.array_equal(arrays[0], each, equal_nan=True) for each in arrays[1:])


def all_differ(passes: list[list[Numbers]]) -> bool:
    """Whether no two of them are the same."""
    pairs = ((a, b) for k, a in enumerate(passes) for b in passes[:k])
    return all(not all(np.array_equal(p, q) for p, q in zip(a, b, strict=True)) for a, b in pairs)


def different(one: Arrays, other: Arrays) -> str:
    """Names of arrays that are not the same to the last bit, and by how much they differ."""
    names = [name for name in one if differs(one, other, name)]
    apart = max((float(np.abs(one[name] - other[name]).max()) for name in names), default=0.0)
    return f"{', '.join(names)} (by up to {apart:.1e})" if names else ""
