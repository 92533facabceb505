"""What instrumented source computes: one event for each value, with those that it was made of."""

from __future__ import annotations

import ast
import copy
import sys
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np

from lstmcheck.lstm.types import Numbers
from lstmcheck.targets.lines.events import Event, Occurrence, Repair, Rule
from lstmcheck.targets.lines.origins import Origins, element
from lstmcheck.targets.lines.place import Place
from lstmcheck.targets.lines.places import Places

MOST_EVENTS = 20_000


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
        self.origins = Origins()
        self._before: dict[int, Any] = {}

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
        if self.origins.find_source(event):
            self.origins.own(event)
            self._own_members(event)
            self.origins.hold(event)
        self._last[number] = event
        self.origins.give(event)
        self.origins.bind(event)
        return value

    def before(self, number: int, value: Any) -> None:
        """What a name held before something was added to it."""
        if self.active:
            self._before[number] = (value, _copied(value), self.origins.producer(value))

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
        bound = self.origins.bound(event, name)
        if producer is None and bound is not None and bound.value is old:
            event.more["before_from"] = bound
        self.origins.own(event)
        self.origins.name(event, name)
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
                self.origins.producer(old),
                added or self.origins.producer(value),
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
        given = element(whole, path) if whole is not None else None
        stored = base.value[index.value]
        event = self._event(place, self._count(number), stored, [], "put")
        event.more = {"by": given if isinstance(given, Event) else self.origins.producer(given)}
        self._put(event, base, index)

    # What is kept.

    def _put(self, event: Event, base: Event, index: Event) -> None:
        """An array that holds the element is another from now on; the place of a list's is its own."""
        event.more |= {"base": base, "index": index.value}
        if isinstance(base.value, np.ndarray):
            whole = self._event(event.place, event.occurrence, base.value, [event], "filled")
            whole.more = {
                "index": index.value,
                "before_from": self.origins.producer(base.value) or base.source,
                "element": event,
            }
            self.origins.fill(whole)
            return
        if event.kind == "added":
            self.origins.own(event)
        by = event if event.kind == "added" else event.more["by"]
        if by is not None:
            self.origins.put(base.value, index.value, by)

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

    def _own_members(self, event: Event) -> None:
        """Arrays that a call returns several of."""
        if not isinstance(event.place.node, ast.Call) or not isinstance(event.value, list | tuple):
            return
        for position, value in enumerate(event.value):
            if isinstance(value, np.ndarray) and self.origins.producer(value) is None:
                member = self._event(event.place, event.occurrence, value, [], "member")
                member.more = {"of": event, "position": position}
                self.origins.own(member)

    def _last_of(self, place: Place) -> Event | None:
        return self._last.get(place.operands[-1].number) if place.operands else None


def _frozen(value: Any) -> Any:
    """A value as it is now, whatever becomes of its arrays."""
    try:
        return copy.deepcopy(value)
    except Exception:
        return value


def _copied(value: Any) -> Numbers | None:
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "fiu":
        return np.array(value)
    return None
