"""The precisions that numbers come in: how many digits each has, and how far it reaches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstmcheck.lstm.types import DType, Floats, Numbers


@dataclass(frozen=True)
class Precision:
    """One kind of floating-point numbers."""

    name: str
    eps: float
    """From 1 to the next number."""
    tiny: float
    """The smallest number with all digits."""
    largest: float

    @property
    def is_low(self) -> bool:
        """Whether it has fewer digits than float64."""
        return self.eps > DOUBLE.eps

    @property
    def is_short(self) -> bool:
        """Whether it has fewer digits than float32, so few that rounding decides what can be seen."""
        return self.eps > SINGLE.eps

    @property
    def of_same_range(self) -> str:
        """A type of numpy's that overflows where this does."""
        return "float32" if self.name == "bfloat16" else self.name

    def rounded(self, array: Numbers) -> Floats:
        """The nearest of its numbers to each of an array, as float64; what is too large is infinite."""
        with np.errstate(over="ignore"):
            if self.name == "bfloat16":
                return _upper_half(array.astype(np.float32)).astype(float)
            return np.asarray(array.astype(self.name).astype(float))

    def __str__(self) -> str:
        return self.name


def _upper_half(array: Numbers) -> Numbers:
    """float32 without its last sixteen bits, rounded to nearest, ties to even."""
    bits = array.view(np.uint32)
    up = np.uint32(0x7FFF) + (bits >> np.uint32(16) & np.uint32(1))
    kept = (bits + up) & np.uint32(0xFFFF0000)
    return np.where(np.isfinite(array), kept.view(np.float32), array)


def _of_numpy(name: str) -> Precision:
    info = np.finfo(name)
    return Precision(name, float(info.eps), float(info.tiny), float(info.max))


DOUBLE, SINGLE, HALF = map(_of_numpy, ("float64", "float32", "float16"))
BFLOAT = Precision("bfloat16", 2.0**-7, SINGLE.tiny, (2 - 2.0**-7) * 2.0**127)
PRECISIONS = {each.name: each for each in (DOUBLE, SINGLE, HALF, BFLOAT)}
"""By the words of `target.dtype`."""


def precision_of(dtype: DType) -> Precision:
    """Of an array's type: whole numbers and long doubles count as float64, complex numbers as their parts."""
    if dtype.kind == "c":
        return SINGLE if dtype.itemsize == 8 else DOUBLE
    return PRECISIONS.get(dtype.name, DOUBLE)


def lowest(*precisions: Precision) -> Precision:
    """The one with the fewest digits."""
    return max(precisions, key=lambda each: each.eps)
