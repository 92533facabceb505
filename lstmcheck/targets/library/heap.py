"""Memory that a library allocates and reads before it writes: fresh pages are zero, where others are not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import CDLL, c_size_t, c_void_p, memset

import numpy as np

from lstmcheck.lstm.types import Arrays
from lstmcheck.targets.library.call import Call

PERTURB = -6
"""As glibc calls it: M_PERTURB, with which malloc fills what it gives."""
KEPT_SIZES, KEPT_OF_A_SIZE = range(24, 1033, 16), 7
"""Bytes of what glibc keeps for its thread, and hands out as it is."""
LARGE, SMALL = 0x7F, 0x3F
"""Bytes that make numbers of 1e306 and of 5e-4; as floats, of 3e38 and of 0.7."""
APART = 1e-4
"""Share of the largest number, by which results differ that do so for more than their rounding."""


class HeapQuestion:
    """Whether a function reads what malloc gives it: asked once, for that takes more calls."""

    def __init__(self) -> None:
        self._asked = False

    def ask(self, call: Call) -> None:
        """Raises LibraryError where it does."""
        asked, self._asked = self._asked, True
        if not asked and depends_on_the_heap(call):
            what = "reads memory that it has from malloc and has not written: its results depend on that."
            raise call.function.error(what, "Set it to zero, or have it from calloc.")


def depends_on_the_heap(call: Call) -> bool:
    """Whether what it writes is other where malloc gives other memory, and only there.

    Never where the system's malloc cannot be told what to give.
    """
    if not hasattr(CDLL(None), "mallopt"):
        return False
    first, other = _with_memory_of(LARGE, call), _with_memory_of(SMALL, call)
    return not _alike(first, other) and _alike(first, _with_memory_of(LARGE, call))


def _with_memory_of(byte: int, call: Call) -> Arrays:
    with _malloc_gives(byte):
        return call.probe(None)


@contextmanager
def _malloc_gives(byte: int) -> Iterator[None]:
    system = CDLL(None)
    _fill_what_is_kept(system, byte)
    system.mallopt(PERTURB, byte ^ 0xFF)
    try:
        yield
    finally:
        system.mallopt(PERTURB, 0)


def _fill_what_is_kept(system: CDLL, byte: int) -> None:
    system.malloc.restype, system.malloc.argtypes = c_void_p, [c_size_t]
    system.free.argtypes = [c_void_p]
    for size in KEPT_SIZES:
        own = [system.malloc(size) for _ in range(KEPT_OF_A_SIZE)]
        for address in own:
            memset(address, byte, size)
            system.free(address)


def _alike(one: Arrays, other: Arrays) -> bool:
    with np.errstate(all="ignore"):
        return all(_close(array, other[name]) for name, array in one.items() if array.dtype.kind == "f")


def _close(one: np.ndarray, other: np.ndarray) -> bool:
    largest = np.abs(one[np.isfinite(one)]).max(initial=0)
    return bool(np.allclose(one, other, rtol=APART, atol=APART * largest, equal_nan=True))
