"""The two passes of a library, as those of protocol plain."""

from __future__ import annotations

from collections.abc import Mapping
from ctypes import byref
from dataclasses import dataclass
from typing import Any

import numpy as np

from lstmcheck.judge.memory import WORTH_ASKING, free_bytes
from lstmcheck.lstm.types import Arrays, DType, Flags, Numbers
from lstmcheck.targets.library.blame import Blame, blame
from lstmcheck.targets.library.c_types import layers_and_directions, places, sizes_of
from lstmcheck.targets.library.call import CACHE, LENGTHS, Call, CFunction
from lstmcheck.targets.library.heap import HeapQuestion
from lstmcheck.targets.library.memory import Guarded, same_bits

BYTE = np.dtype(np.uint8)


@dataclass(frozen=True)
class Kept:
    """Of a forward pass, for its backward passes."""

    given: dict[str, Numbers]
    """Its arguments, by their names in C."""
    memory: dict[str, Guarded]
    """The same and the cache, where the library had them."""
    places: dict[str, str]
    """Of parameters: their names in C by their own."""
    cells: tuple[int, int]
    """Layers and directions."""


class LibraryForward:
    """forward(params, x, h0, c0) -> y, h_T, c_T, cache."""

    def __init__(self, function: CFunction, cache_size: CFunction) -> None:
        self.function, self.cache_size, self._heap = function, cache_size, HeapQuestion()
        self.__name__ = function.name

    def __call__(self, params: Arrays, x: Numbers, h0: Numbers, c0: Numbers, **lengths: Numbers) -> Any:
        in_c, cells = places(params), layers_and_directions(params)
        given = {in_c[name]: array for name, array in params.items()} | {"x": x, "h0": h0, "c0": c0}
        given |= {name: array.astype(np.int64, copy=False) for name, array in lengths.items()}
        wanted = {
            "y": ((*x.shape[:2], cells[1] * h0.shape[-1]), x.dtype),
            "h_T": (h0.shape, x.dtype),
            "c_T": (c0.shape, x.dtype),
            CACHE: ((self._cache_bytes(given, cells),), BYTE),
        }
        call = Call(self.function, cells, given, wanted, held={})
        memory = call.run()
        outputs = {name: memory[name].array for name in wanted if name != CACHE}
        self._refuse(blame(call, outputs), lengths.get(LENGTHS))
        self._heap.ask(call)
        _hand_back(given, memory)
        kept = {name: own for name, own in memory.items() if name not in outputs}
        return *outputs.values(), Kept(given, kept, in_c, cells)

    def _cache_bytes(self, given: dict[str, Numbers], cells: tuple[int, int]) -> int:
        memory = {LENGTHS: Guarded.copy(given[LENGTHS], 0)} if LENGTHS in given else {}
        size = int(self.cache_size.symbol(byref(sizes_of(given, cells, memory))))
        if size < 0:
            raise self.cache_size.error(f"returned {size:,}; wanted a number of bytes, 0 or more.")
        if size > WORTH_ASKING and size > free_bytes():
            what = f"returned {size:,} bytes, and {free_bytes():,} are free."
            raise self.cache_size.error(what, "Is it computed in 64 bits, from sizes in this order?")
        return size

    def _refuse(self, found: Blame, lengths: Numbers | None) -> None:
        """What is wrong with outputs leaves nothing to check."""
        for name in found.read:
            raise self.function.error(_reads(name))
        for name in found.added:
            raise self.function.error(f"adds to {name}, which is not zero before.", WRITE)
        for name, entries in found.unwritten.items():
            what = f"leaves {_some(name, entries)} unwritten."
            raise self.function.error(what, _padding(name, entries, lengths))


class LibraryBackward:
    """backward(d_y, d_h, d_c, cache) -> gradients by name; without those that it leaves unwritten."""

    def __init__(self, function: CFunction) -> None:
        self.function, self._heap = function, HeapQuestion()
        self.__name__ = function.name
        self.problems: dict[str, None] = {}
        """What it did in any call, in words."""
        self._added: set[str] = set()
        self._missing: set[str] = set()

    def __call__(self, d_y: Numbers, d_h: Numbers, d_c: Numbers, cache: Kept) -> dict[str, Numbers]:
        upstream = {"d_y": d_y, "d_h": d_h, "d_c": d_c}
        given = cache.given | {CACHE: cache.memory[CACHE].array} | upstream
        names = {f"d_{place}": name for name, place in cache.places.items()}
        names |= {f"d_{name}": name for name in ("x", "h0", "c0")}
        wanted = {place: _kind(given[place.removeprefix("d_")]) for place in names}
        call = Call(self.function, cache.cells, given, wanted, cache.memory, self._added | self._missing)
        memory = call.run()
        found = {place: memory[place].array for place in wanted}
        self._judge(call, found)
        self._heap.ask(call)
        _hand_back(given, memory)
        return {names[place]: array for place, array in found.items() if place not in self._missing}

    def _judge(self, call: Call, found: dict[str, Numbers]) -> None:
        """Puts what it adds in the place of NaN; a later call has zeros there."""
        of = blame(call, found)
        for name in of.read:
            raise self.function.error(_reads(name))
        found.update(of.added)
        self._added |= of.added.keys()
        for name, entries in of.unwritten.items():
            if entries.all():
                self._missing.add(name)
            else:
                self._note(f"leaves {_some(name, entries)} unwritten")
        if of.added:
            self._note(f"adds to {', '.join(of.added)}, which is not zero before: it must write")

    def _note(self, what: str) -> None:
        self.problems[f"{self.function.name} {what}"] = None


WRITE = "It must write, not add."


def _kind(array: Numbers) -> tuple[tuple[int, ...], DType]:
    return array.shape, array.dtype


def _hand_back(given: Mapping[str, Numbers], memory: Mapping[str, Guarded]) -> None:
    """What it has changed of its arguments is changed for whoever gave them."""
    for name, array in given.items():
        if not same_bits(array, memory[name].array):
            array[...] = memory[name].array


def _reads(name: str) -> str:
    if name == CACHE:
        return "reads numbers of the cache that nothing was written to."
    if name.startswith(("d_params", "d_x", "d_h0", "d_c0")) or name in ("y", "h_T", "c_T"):
        return f"reads {name} before it has written it."
    return f"reads outside {name}."


def _some(name: str, entries: Flags) -> str:
    """`6 of 45 numbers of y`, with the first."""
    count = int(entries.sum())
    if count == entries.size:
        return name
    first = "".join(f"[{k}]" for k in np.argwhere(entries)[0])
    return f"{count} of {entries.size} numbers of {name}, the first {name}{first},"


def _padding(name: str, entries: Flags, lengths: Numbers | None) -> str | None:
    """Of outputs beyond the ends of sequences: what belongs there."""
    if name != "y" or lengths is None:
        return None
    inside = np.arange(len(entries))[:, None] < lengths
    return None if entries[inside].any() else "Behind the end of a sequence y is 0, and must be written too."
