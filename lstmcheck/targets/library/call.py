"""One call of a C function: its arrays in memory with guards, and what it did there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from ctypes import byref, c_void_p
from dataclasses import dataclass
from typing import Any

import numpy as np

from lstmcheck.lstm.types import Arrays, DType, Numbers
from lstmcheck.targets.library.c_types import params_of, sizes_of
from lstmcheck.targets.library.memory import NAN, ZERO, Guarded
from lstmcheck.targets.loading.program import ProgramError

CACHE, LENGTHS = "cache", "lengths"
WORD = 4
"""Bytes of a cache, which may hold anything, that were written or were not."""


class LibraryError(ProgramError):
    """What a function of a library did wrong."""


@dataclass(frozen=True)
class CFunction:
    """A function of a library, as `lstmcheck.h` declares it."""

    symbol: Any
    name: str
    library: str
    """Where it is, for messages."""
    arguments: tuple[str, ...] = ()
    """Behind the sizes: names of arrays; params and d_params are arrays of them."""

    def error(self, what: str, remedy: str | None = None) -> LibraryError:
        """What it did, as an error."""
        return LibraryError(f"{self.name} {what}", where=self.library, remedy=remedy)


@dataclass(frozen=True)
class Call:
    """What one call is given, and what it is to write. Arrays go by their names in C: x, params[0].W."""

    function: CFunction
    cells: tuple[int, int]
    """Layers and directions."""
    given: Arrays
    """Among them lengths, if there are some, and the cache of a backward pass."""
    wanted: Mapping[str, tuple[tuple[int, ...], DType]]
    held: Mapping[str, Guarded]
    """Of what is given, what stays where it was in an earlier call."""
    cleared: Collection[str] = ()
    """Of what is wanted, what is zero before rather than NaN."""

    def run(self) -> dict[str, Guarded]:
        """All of its memory after the call. Raises LibraryError for what it may not do."""
        memory = {name: self.held.get(name) or Guarded.copy(a, NAN) for name, a in self.given.items()}
        return self._called(memory | self._empty(lambda name: ZERO if name in self.cleared else NAN))

    def probe(self, poisoned: str | None) -> Arrays:
        """What it writes where no NaN is but in and around one array: what depends on it becomes NaN."""

        def fill(name: str) -> int:
            return NAN if name == poisoned else ZERO

        memory = {name: Guarded.copy(array, fill(name)) for name, array in self.given.items()}
        if CACHE in memory and poisoned != CACHE:
            _clear_unwritten(memory[CACHE].array)
        after = self._called(memory | self._empty(fill))
        return {name: after[name].array for name in self.wanted}

    def _empty(self, fill: Callable[[str], int]) -> dict[str, Guarded]:
        """What it is to write."""
        return {name: Guarded.filled(*kind, fill(name)) for name, kind in self.wanted.items()}

    def _called(self, memory: dict[str, Guarded]) -> dict[str, Guarded]:
        layers, directions = self.cells
        arguments = [
            params_of(name, layers * directions, memory)
            if name.endswith("params")
            else c_void_p(memory[name].address)
            for name in self.function.arguments
        ]
        code = self.function.symbol(byref(sizes_of(self.given, self.cells, memory)), *arguments)
        for name, own in memory.items():
            if (where := own.written_outside) is not None:
                raise self.function.error(f"writes outside {name}: {where}{self._size(name, own)}.")
        if code != 0:
            raise self.function.error(f"returned {code}; wanted 0.")
        return memory

    def _size(self, name: str, own: Guarded) -> str:
        if name == CACHE:
            return f"; lstm_cache_size says {own.array.nbytes}"
        return f", of shape {own.array.shape}"


def _clear_unwritten(cache: Numbers) -> None:
    """Sets the words of a cache to zero that are NaN still."""
    words = cache[: cache.size // WORD * WORD].view(np.uint32)
    words[words == np.iinfo(np.uint32).max] = 0
