"""Where a value that is wrong could be set right as well: where it is made, handed on, and read.

Before it, what it is made of may be changed, if nothing else reads that; behind it, what alone decides what
becomes right.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from lstmcheck.lstm.types import Numbers
from lstmcheck.targets.lines.containers import Containers
from lstmcheck.targets.lines.events import Event, Occurrence, Repair
from lstmcheck.targets.lines.names import same
from lstmcheck.targets.lines.operations import operation_of
from lstmcheck.targets.lines.place import Place
from lstmcheck.targets.lines.search import Found
from lstmcheck.targets.lines.undoing import undo
from lstmcheck.targets.lines.wanted import UNDONE, Wanted
from lstmcheck.targets.lines.watched_run import Runs, Seen

MOST_SPOTS = 16
SHAPES = {"shape", "size", "ndim", "dtype"}
LIKE = {"len", "zeros_like", "ones_like", "empty_like", "full_like"}
Repairs = Mapping[Occurrence, Repair]


@dataclass(frozen=True)
class Spot:
    """An expression, and what its value would have to be."""

    event: Event
    need: Numbers
    repairs: Repairs
    """With which it was seen."""


class Chains:
    """Of what was found in a target; `repairs`: the values that set all of it right."""

    def __init__(self, runs: Runs, repairs: Repairs) -> None:
        self.runs, self.repairs = runs, repairs
        self._spots: dict[Found, list[Spot]] = {}

    def here(self, found: Found) -> Spot:
        """The place itself, when something else than zeros belongs there for the first time."""
        repairs, then = dict(self._without(found)), self.runs.seen(self.repairs)
        for event in then.events if then is not None else ():
            if event.place.number == found.event.place.number and event.content is not None:
                now = self.runs.seen(repairs)
                one = now.by_key.get(event.key) if now is not None else None
                if one is not None and event.content.any() and not same(one.content, event.content):
                    return Spot(one, event.content, repairs)
                repairs[event.key] = event.content
        return Spot(found.event, found.need, found.repairs)

    def spots(self, found: Found) -> list[Spot]:
        """In other statements, the nearest first."""
        if found not in self._spots:
            self._spots[found] = list(islice(self._elsewhere(found), MOST_SPOTS))
        return self._spots[found]

    def _elsewhere(self, found: Found) -> Iterator[Spot]:
        here = self.here(found)
        now, then = self.runs.seen(here.repairs), self.runs.seen(self.repairs)
        if now is not None and then is not None:
            yield from _Chain(self.runs, now, then, here, self._without(found)).spots()

    def _without(self, found: Found) -> Repairs:
        return {k: v for k, v in self.repairs.items() if k[0] != found.event.place.number}


class _Chain:
    """Where else a run (`now`) could be changed to be as another (`then`) is."""

    def __init__(self, runs: Runs, now: Seen, then: Seen, here: Spot, without: Repairs) -> None:
        """`without`: all repairs but those of the place."""
        self.runs, self.now, self.then, self.here, self.without = runs, now, then, here, without
        self.statement = here.event.place.statement
        self._wanted = Wanted(runs.vocabulary)
        self._containers = Containers(now.events, now.producer)
        self._readers: dict[int, set[ast.stmt]] = defaultdict(set)
        for event in now.events:
            source = None if event.is_sibling else event.source
            for read in (source, event.more.get("before_from"), event.more.get("by")):
                if read is not None and not _is_for_shape(event.place):
                    self._readers[read.place.number].add(event.place.statement)

    def spots(self) -> Iterator[Spot]:
        """Before the whole expression, and behind it."""
        place, key = self.here.event.place, self.here.event.key
        while place.within is not None and self._changes((place.within.number, key[1])):
            place = place.within
            key = place.number, key[1]
        one, other = self.now.by_key.get(key), self.then.by_key.get(key)
        if one is not None and other is not None and other.content is not None:
            yield from self._before(one, other.content, {self.statement})
        yield from self._behind()

    def _before(self, event: Event, need: Numbers, changed: set[ast.stmt]) -> Iterator[Spot]:
        """What is read by statements that would be changed alone."""
        for each in event.operands if isinstance(event.place.node, ast.IfExp) else ():
            if each.value is None and each.source is not None:
                yield Spot(each.source, need, self.here.repairs)  # what it was not given
        source = event.source
        if source is not None:
            statement = source.place.statement
            if source.content is not None and self._readers[source.place.number] <= changed:
                if statement not in changed and isinstance(source.place.node, ast.expr):
                    yield Spot(source, need, self.here.repairs)
                yield from self._before(source, need, changed | {statement})
            return
        operation = operation_of(event, self._containers.elements)
        if operation is None:
            return
        operands = [operand.event for operand in operation.operands]
        if operation.kind in UNDONE:
            needs = [undo(operation, k, need) for k in range(len(operands))]
        else:
            needs = list(self._wanted.moved(operation, need) or [])
        for operand, wanted in zip(operands, needs, strict=False):
            if operand is not None and wanted is not None and not same(operand.content, wanted):
                yield from self._before(operand, wanted, changed)

    def _behind(self) -> Iterator[Spot]:
        """What becomes right by the change, and everything with it if it alone does."""
        tried: set[int] = set()
        for event in self.now.events:
            place = event.place
            if place.number not in tried and place.statement is not self.statement and self._differs(event):
                tried.add(place.number)
                if self._decides(place.number):
                    content = self.then.by_key[event.key].content
                    assert content is not None
                    yield Spot(event, content, self.here.repairs)

    def _differs(self, event: Event) -> bool:
        """Whether it becomes another by the change, and is no part of what does."""
        if event.kind != "expression" or not self._changes(event.key):
            return False
        around = event.place.within
        return around is None or not self._changes((around.number, event.occurrence))

    def _changes(self, key: Occurrence) -> bool:
        one, other = self.now.by_key.get(key), self.then.by_key.get(key)
        if one is None or other is None or one.content is None or other.content is None:
            return False
        return one.content.shape == other.content.shape and not same(one.content, other.content)

    def _decides(self, number: int) -> bool:
        """Whether nothing else need be changed."""
        repairs = {
            key: event.content
            for key, event in self.then.by_key.items()
            if key[0] == number and event.content is not None
        }
        seen = self.runs.seen({**self.without, **repairs})
        return seen is not None and seen.wrong <= self.then.wrong


def _is_for_shape(place: Place) -> bool:
    """Whether what is read there does not matter, only how large it is."""
    around = place.within
    while around is not None:
        node = around.node
        if isinstance(node, ast.Attribute) and node.attr in SHAPES:
            return True
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in LIKE:
            return True
        around = around.within
    return False
