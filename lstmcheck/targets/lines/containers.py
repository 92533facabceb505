"""Which event put an array where it is: into a tuple, a list, a dict, or what a generator gave."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from lstmcheck.targets.lines.events import Event


class Containers:
    """Of one run. `producer`: the event that made an object."""

    def __init__(self, events: Sequence[Event], producer: Callable[[Any], Event | None]) -> None:
        self.events, self.producer = events, producer

    def members(self, event: Event, need: Any) -> Iterator[tuple[Event | None, Any]]:
        """The event of each member that is asked about, and what it should be; `need` has the same
        containers, and None for what is not asked about."""
        value, event = event.value, event.origin
        if isinstance(need, Mapping):
            shown = _of_display(event)
            for key, wanted in need.items():
                if isinstance(value, Mapping) and key in value and wanted is not None:
                    yield self._put_there(shown.get(key), value[key]), wanted
        elif isinstance(value, list | tuple) and len(value) == len(need):
            elements = self.elements(event) or _unknown(len(value))
            for each, member, wanted in zip(value, elements, need, strict=True):
                if wanted is not None:
                    yield self._put_there(member, each), wanted

    def _put_there(self, member: Event | None, value: Any) -> Event | None:
        """The event in a display, if the display still holds that; else the one that made the object."""
        return member if member is not None and member.value is value else self.producer(value)

    def elements(self, event: Event) -> list[Event] | None:
        """Events of all members of a list or tuple, or of what a generator has given since."""
        event = event.origin
        node = event.place.node
        if isinstance(node, ast.GeneratorExp):
            found = [e for e in self.events if e.place.node is node.elt and e.number > event.number]
            return found or None
        if isinstance(node, ast.Tuple | ast.List) and len(event.operands) == len(event.value):
            return event.operands
        made = [self.producer(each) for each in event.value]
        return [each for each in made if each is not None] if all(made) else None


def _unknown(count: int) -> list[Event | None]:
    return [None] * count


def _of_display(event: Event) -> dict[Any, Event]:
    """Events of the values of a dict display, by key; of anything else none."""
    node = event.place.node
    if not isinstance(node, ast.Dict):
        return {}
    by_node = {operand.place.node: operand for operand in event.operands}
    return {
        key.value: by_node[value]
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and value in by_node
    }
