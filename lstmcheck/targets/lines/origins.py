"""Where the object of an event comes from: made, bound to a name, put into something, passed, or returned."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import numpy as np

from lstmcheck.lstm.types import Numbers
from lstmcheck.targets.lines.events import Event, is_reading

DISPLAYS = ast.Tuple | ast.List


class Origins:
    """Of one run."""

    def __init__(self) -> None:
        self._producers: dict[int, Event] = {}
        self._bound: dict[tuple[int, str], Event] = {}
        self._held: dict[tuple[int, Any], Event] = {}
        self._passed: dict[tuple[int, int | str], Event] = {}
        self._returned: dict[int, Event] = {}

    # What is told.

    def own(self, event: Event) -> None:
        """It made its object."""
        if _has_identity(event.value):
            self._producers[id(event.value)] = event

    def give(self, event: Event) -> None:
        """To the call that it is an argument of, or to the one that it is returned to."""
        if event.place.argument is not None:
            self._passed[id(event.value), event.place.argument] = event
        if event.place.is_returned:
            self._returned[id(event.value)] = event

    def put(self, base: Any, index: Any, event: Event) -> None:
        """Into a dict or list."""
        if isinstance(base, dict | list) and isinstance(index, str | int):
            self._held[id(base), index] = event

    def name(self, event: Event, name: str) -> None:
        """The object of an event has a name now."""
        self._bound[id(event.place.scope), name] = event

    def fill(self, whole: Event) -> None:
        """An array that something was put into is another from now on."""
        self.own(whole)
        self._bound = {key: whole if each.value is whole.value else each for key, each in self._bound.items()}

    def bind(self, event: Event) -> None:
        """Names that are assigned the value of an event, or parts of it."""
        for name, path in event.place.binds:
            found = element(event, path)
            if not isinstance(found, Event):
                found = self.producer(found)
                if found is None or is_reading(found):
                    continue
            self._bound[id(event.place.scope), name] = found

    def hold(self, event: Event) -> None:
        """What a display puts into its dict or list."""
        node = event.place.node
        if isinstance(node, ast.Dict) and isinstance(event.value, dict):
            by_node = {operand.place.node: operand for operand in event.operands}
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and value in by_node:
                    self.put(event.value, key.value, by_node[value])
        elif isinstance(node, ast.List) and len(event.operands) == len(event.value):
            for k, each in enumerate(event.operands):
                self.put(event.value, k, each)

    # What is asked.

    def producer(self, value: Any) -> Event | None:
        """Which event made an object."""
        return self._producers.get(id(value)) if _has_identity(value) else None

    def bound(self, event: Event, name: str) -> Event | None:
        """What a name stands for in the function of an event."""
        return self._bound.get((id(event.place.scope), name))

    def find_source(self, event: Event) -> bool:
        """The same object was made elsewhere; or it is its own, which is told."""
        node, value = event.place.node, event.value
        if value is None and isinstance(node, ast.Name):
            event.source = next(filter(None, self._passed_as(node.id, event)), None)
        if not _has_identity(value):
            return False
        if isinstance(node, ast.Name):
            bound = self.bound(event, node.id)
            for source in (bound, *self._passed_as(node.id, event)):
                if source is not None and source.value is value:
                    event.source = source
                    return False
        held = self._held_by(event) or self._returned_by(event) or _chosen_by(event)
        if held is not None and held.value is value:
            event.source = held
            return False
        producer = self._producers.get(id(value))
        if producer is not None and _same(producer.content, event.content):
            event.source, event.is_sibling = producer, is_reading(producer)
            return False
        return not isinstance(node, ast.Name) or producer is None

    def _passed_as(self, name: str, event: Event) -> Iterator[Event | None]:
        """Of a parameter: what it was given in the last call; of a method they begin one later."""
        parameters = event.place.parameters
        if name in parameters:
            position = parameters.index(name)
            for place in (name, position, position - 1):
                yield self._passed.get((id(event.value), place))

    def _held_by(self, event: Event) -> Event | None:
        """Of an element that is read: the event that put it into its dict or list."""
        if not isinstance(event.place.node, ast.Subscript) or not event.operands:
            return None
        base = event.operands[0].value
        node = event.place.node.slice
        try:
            index = node.value if isinstance(node, ast.Constant) else event.operands[-1].value
            return self._held.get((id(base), index)) if isinstance(base, dict | list) else None
        except TypeError:
            return None

    def _returned_by(self, event: Event) -> Event | None:
        """Of a call: what its function has returned, since it was given its arguments."""
        returned = self._returned.get(id(event.value))
        if returned is None or not isinstance(event.place.node, ast.Call):
            return None
        began = max((operand.number for operand in event.operands), default=-1)
        return returned if returned.number > began else None


def _chosen_by(event: Event) -> Event | None:
    """Of a choice (`a if … else b`): the one that was taken."""
    node = event.place.node
    sides = (node.body, node.orelse) if isinstance(node, ast.IfExp) else ()
    return next(
        (each for each in event.operands if each.place.node in sides and each.value is event.value), None
    )


def element(event: Event, path: tuple[int, ...]) -> Any:
    """What lies at a path in the value of an event: the event of a member of a display, or the object."""
    for depth, position in enumerate(path):
        event = event.origin
        if isinstance(event.place.node, DISPLAYS) and len(event.operands) == len(event.value):
            event = event.operands[position]
            continue
        value = event.value
        try:
            for k in path[depth:]:
                value = value[k]
        except Exception:
            return None
        return value
    return event


def _has_identity(value: Any) -> bool:
    return isinstance(value, np.ndarray | np.floating | list | tuple | dict)


def _same(one: Numbers | None, other: Numbers | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.shape == other.shape and bool(np.array_equal(one, other, equal_nan=True))
