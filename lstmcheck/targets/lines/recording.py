"""What instrumented source computes: one event for each value, with those that it was made of."""

from __future__ import annotations

import ast
import copy
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lstmcheck.lstm.types import Numbers
from lstmcheck.targets.lines.places import Place, Places

MOST_EVENTS = 20_000
DISPLAYS = ast.Tuple | ast.List
REFERENCES = (ast.Name, ast.Subscript, ast.Attribute)
Occurrence = tuple[int, int]
"""Number of a place, and how many times it had been reached before."""


@dataclass(frozen=True)
class Rule:
    """One quantity in the place of another, in every step; None: the value stays. `turn`: which of the times
    it is that a step reaches the place, out of `turns`."""

    makes: Callable[[Numbers], Numbers | None]
    turn: int = 0
    turns: int = 1

    def key(self, number: int) -> Occurrence:
        """Of the rule for a place: no occurrence."""
        return number, -1 - self.turn


Repair = Numbers | Rule


@dataclass(eq=False, slots=True)
class Event:
    """One value. `content` is a copy of an array, made when it was seen."""

    place: Place
    occurrence: int
    number: int
    value: Any
    content: Numbers | None
    operands: list[Event]
    source: Event | None = None
    """Where the same object was made, or given the name by which it is read here."""
    kind: str = "expression"
    """Or `added` (in place), `put` (an element into something), `filled` (what it was put into), `member` (of
    several arrays that a call returns)."""
    more: dict[str, Any] = field(default_factory=dict)
    is_sibling: bool = False
    """Whether it reads what its source reads, too: an object that was there before."""

    @property
    def origin(self) -> Event:
        """Where the object was made."""
        event = self
        while event.source is not None and event.source.value is event.value:
            event = event.source
        return event

    @property
    def key(self) -> Occurrence:
        return self.place.number, self.occurrence


class Recorder:
    """The hook: hands every value on as it is, or what `repairs` has in its place."""

    slice = slice

    def __init__(self, places: Places) -> None:
        self.places = places.all
        self.repairs: dict[Occurrence, Numbers] = {}
        self._rules: dict[int, list[Rule]] = defaultdict(list)
        self.trap: Occurrence | None = None
        """Where the names that can be read are looked at."""
        self.active = False
        self.reset()

    def repair(self, repairs: Mapping[Occurrence, Repair]) -> None:
        """Put these in the place of what is computed, from now on."""
        self.repairs, self._rules = {}, defaultdict(list)
        for key, each in repairs.items():
            if isinstance(each, Rule):
                self._rules[key[0]].append(each)
            else:
                self.repairs[key] = each

    def reset(self) -> None:
        """Forget what was seen."""
        self.events: list[Event] = []
        self.full = False
        self.names: tuple[dict[str, Any], dict[str, Any]] | None = None
        """Locals, as they were, and globals."""
        self._last: dict[int, Event] = {}
        self._counts: dict[int, int] = {}
        self._producers: dict[int, Event] = {}
        self._bound: dict[tuple[int, str], Event] = {}
        self._held: dict[tuple[int, Any], Event] = {}
        self._passed: dict[tuple[int, int | str], Event] = {}
        self._before: dict[int, Any] = {}
        self._returned: dict[int, Event] = {}

    # Called by the source.

    def see(self, number: int, value: Any) -> Any:
        """A value of an expression."""
        if not self.active:
            return value
        place = self.places[number]
        occurrence = self._count(number)
        self._trapped((number, occurrence))
        value = self._repaired((number, occurrence), value)
        event = self._event(
            place, occurrence, value, [self._last[p.number] for p in place.operands if p.number in self._last]
        )
        self._find_source(event)
        self._last[number] = event
        if place.argument is not None:
            self._passed[id(value), place.argument] = event
        if place.is_returned:
            self._returned[id(value)] = event
        self._bind(event)
        return value

    def before(self, number: int, value: Any) -> None:
        """What a name held before something was added to it."""
        if self.active:
            self._before[number] = (value, _copied(value), self._producer(value))

    def _trapped(self, key: Occurrence) -> None:
        if self.trap == key:
            frame = sys._getframe(2)
            self.names = {name: _frozen(each) for name, each in frame.f_locals.items()}, frame.f_globals

    def added(self, number: int, value: Any) -> Any:
        """What it holds afterwards."""
        if not self.active or number not in self._before:
            return value
        place, occurrence = self.places[number], self._count(number)
        self._trapped((number, occurrence))
        old, content, producer = self._before.pop(number)
        repaired = self._repaired((number, occurrence), value)
        if repaired is not value and isinstance(value, np.ndarray):
            value[...] = repaired
        elif repaired is not value:
            value = repaired
        event = self._event(place, occurrence, value, [], "added")
        event.more = {"before": content, "before_from": producer, "by": self._last_of(place)}
        name = place.node.target.id  # type: ignore[attr-defined]
        bound = self._bound.get((id(place.scope), name))
        if producer is None and bound is not None and bound.value is old:
            event.more["before_from"] = bound
        self._own(event)
        self._bound[id(place.scope), name] = event
        return value

    def before_item(self, number: int, item: int, value: Any) -> Any:
        """The same of an element: its base and index have been seen, and the value that is added."""
        if self.active:
            base, index = (self._last[p.number] for p in self.places[item].operands[-2:])
            try:
                old = base.value[index.value]
            except Exception:
                return value
            added = next((self._last[p.number] for p in self.places[number].operands[-1:]), None)
            self._before[number] = (
                base,
                index,
                _copied(old),
                self._producer(old),
                added or self._producer(value),
                value,
            )
        return value

    def added_item(self, number: int) -> None:
        if not self.active or number not in self._before:
            return
        base, index, old, producer, added, by = self._before.pop(number)
        place, occurrence = self.places[number], self._count(number)
        self._trapped((number, occurrence))
        value = base.value[index.value]
        repaired = self._repaired((number, occurrence), value)
        if repaired is not value:
            base.value[index.value] = repaired
            value = base.value[index.value]
        event = self._event(place, occurrence, value, [], "added")
        event.more = {"before": old, "before_from": producer, "by": added, "by_value": _copied(by)}
        self._put(event, base, index)

    def put(self, number: int, value: int, path: tuple[int, ...]) -> None:
        """An element that was put into something."""
        if not self.active:
            return
        place = self.places[number]
        base, index = (self._last[p.number] for p in place.operands[-2:])
        whole = self._last.get(value)
        given = _element(whole, path) if whole is not None else None
        stored = base.value[index.value]
        event = self._event(place, self._count(number), stored, [], "put")
        event.more = {"by": given if isinstance(given, Event) else self._producer(given)}
        self._put(event, base, index)

    # What is kept.

    def _put(self, event: Event, base: Event, index: Event) -> None:
        """An array that holds the element is another from now on; the place of a list's is its own."""
        event.more |= {"base": base, "index": index.value}
        if isinstance(base.value, np.ndarray):
            whole = self._event(event.place, event.occurrence, base.value, [event], "filled")
            whole.more = {
                "index": index.value,
                "before_from": self._producer(base.value) or base.source,
                "element": event,
            }
            self._own(whole)
            self._bound = {
                key: whole if each.value is base.value else each for key, each in self._bound.items()
            }
            return
        if event.kind == "added":
            self._own(event)
        by = event if event.kind == "added" else event.more["by"]
        if by is not None and isinstance(base.value, dict | list) and isinstance(index.value, str | int):
            self._held[id(base.value), index.value] = by

    def _event(
        self, place: Place, occurrence: int, value: Any, operands: list[Event], kind: str = "expression"
    ) -> Event:
        event = Event(place, occurrence, len(self.events), value, _copied(value), operands, None, kind)
        if len(self.events) < MOST_EVENTS:
            self.events.append(event)
        else:
            self.full, self.active = True, False
        return event

    def _count(self, number: int) -> int:
        count = self._counts.get(number, 0)
        self._counts[number] = count + 1
        return count

    def _repaired(self, key: Occurrence, value: Any) -> Any:
        number, occurrence = key
        wanted = self.repairs.get(key)
        for rule in self._rules.get(number, ()):
            if wanted is None and isinstance(value, np.ndarray) and occurrence % rule.turns == rule.turn:
                wanted = rule.makes(value)
        return value if wanted is None else np.array(wanted)

    def _find_source(self, event: Event) -> None:
        """The same object was made elsewhere; or this is where it comes from."""
        node, value = event.place.node, event.value
        if value is None and isinstance(node, ast.Name):
            event.source = next(filter(None, self._passed_as(node.id, event)), None)
        if not _has_identity(value):
            return
        if isinstance(node, ast.Name):
            bound = self._bound.get((id(event.place.scope), node.id))
            for source in (bound, *self._passed_as(node.id, event)):
                if source is not None and source.value is value:
                    event.source = source
                    return
        held = self._held_by(event) or self._returned_by(event) or _chosen_by(event)
        if held is not None and held.value is value:
            event.source = held
            return
        producer = self._producers.get(id(value))
        if producer is not None and _same(producer.content, event.content):
            event.source, event.is_sibling = producer, is_reading(producer)
        elif not isinstance(node, ast.Name) or producer is None:
            self._own(event)
            self._own_members(event)
            self._hold(event)

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

    def _hold(self, event: Event) -> None:
        """What a display puts into its dict or list."""
        node = event.place.node
        if isinstance(node, ast.Dict) and isinstance(event.value, dict):
            by_node = {operand.place.node: operand for operand in event.operands}
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and value in by_node:
                    self._held[id(event.value), key.value] = by_node[value]
        elif isinstance(node, ast.List) and len(event.operands) == len(event.value):
            self._held.update(((id(event.value), k), each) for k, each in enumerate(event.operands))

    def _own_members(self, event: Event) -> None:
        """Arrays that a call returns several of."""
        if not isinstance(event.place.node, ast.Call) or not isinstance(event.value, list | tuple):
            return
        for position, value in enumerate(event.value):
            if isinstance(value, np.ndarray) and id(value) not in self._producers:
                member = self._event(event.place, event.occurrence, value, [], "member")
                member.more = {"of": event, "position": position}
                self._own(member)

    def _own(self, event: Event) -> None:
        if _has_identity(event.value):
            self._producers[id(event.value)] = event

    def producer_of(self) -> Callable[[Any], Event | None]:
        """Which event made an object, of the run that was recorded last."""
        producers = self._producers
        return lambda value: producers.get(id(value)) if _has_identity(value) else None

    def _producer(self, value: Any) -> Event | None:
        return self._producers.get(id(value)) if _has_identity(value) else None

    def _last_of(self, place: Place) -> Event | None:
        return self._last.get(place.operands[-1].number) if place.operands else None

    def _bind(self, event: Event) -> None:
        for name, path in event.place.binds:
            found = _element(event, path)
            if isinstance(found, Event):
                self._bound[id(event.place.scope), name] = found
            else:
                producer = self._producer(found)
                if producer is not None and not is_reading(producer):
                    self._bound[id(event.place.scope), name] = producer


def _chosen_by(event: Event) -> Event | None:
    """Of a choice (`a if … else b`): the one that was taken."""
    node = event.place.node
    sides = (node.body, node.orelse) if isinstance(node, ast.IfExp) else ()
    return next(
        (each for each in event.operands if each.place.node in sides and each.value is event.value), None
    )


def is_reading(event: Event) -> bool:
    """Whether it only reads a name or an element."""
    return isinstance(event.place.node, REFERENCES) and event.kind == "expression"


def _element(event: Event, path: tuple[int, ...]) -> Any:
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


def _frozen(value: Any) -> Any:
    """A value as it is now, whatever becomes of its arrays."""
    try:
        return copy.deepcopy(value)
    except Exception:
        return value


def _has_identity(value: Any) -> bool:
    return isinstance(value, np.ndarray | np.floating | list | tuple | dict)


def _copied(value: Any) -> Numbers | None:
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "fiu":
        return np.array(value)
    return None


def _same(one: Numbers | None, other: Numbers | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.shape == other.shape and bool(np.array_equal(one, other, equal_nan=True))
