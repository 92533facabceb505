"""What was written: the data of a configuration, with the place of every key and value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lstmcheck.config.place import Fault, Loc, Place, dotted


@dataclass(frozen=True)
class Written:
    """A value, plain or with others in it, and where it was written."""

    content: Any
    """A plain value, a dict of `Written`, or a tuple of them."""
    place: Place
    key: Place
    """Of the key in front of it; an item of a list has none, and this is its own place."""

    @property
    def data(self) -> Any:
        """The same without places."""
        if isinstance(self.content, dict):
            return {key: inner.data for key, inner in self.content.items()}
        if isinstance(self.content, tuple):
            return tuple(inner.data for inner in self.content)
        return self.content

    def inner(self, part: str | int) -> Written | None:
        """The value of a key, or an item of a list."""
        inside: dict[str | int, Written] = {}
        if isinstance(self.content, dict):
            inside = self.content
        elif isinstance(self.content, tuple):
            inside = dict(enumerate(self.content))
        return inside.get(part)

    def with_value(self, loc: Loc, value: Written) -> Written:
        """With `value` in place of what stands at `loc`; sections on the way are made."""
        if not loc:
            return value
        first, *rest = loc
        section = self.inner(first) or Written({}, value.key, value.key)
        content = self.content if isinstance(self.content, dict) else {}
        return replace(self, content=content | {first: section.with_value(tuple(rest), value)})


@dataclass(frozen=True)
class Source:
    """A whole configuration as it was written."""

    name: str
    folder: Path
    root: Written
    faults: tuple[Fault, ...] = ()
    """Of what was written."""

    @property
    def data(self) -> dict[str, Any]:
        """Without places."""
        return dict(self.root.data)

    def locate(self, loc: Loc) -> Place:
        """The value at `loc`, or the key of the nearest section around it."""
        nearest, depth = self._nearest(loc)
        return nearest.place if depth == len(loc) else nearest.key

    def locate_key(self, loc: Loc) -> Place:
        """The key at `loc`, or of the nearest section around it."""
        return self._nearest(loc)[0].key

    def _nearest(self, loc: Loc) -> tuple[Written, int]:
        """What stands at `loc` or nearest around it, and how many parts of `loc` lead there."""
        nearest = self.root
        for depth, part in enumerate(loc):
            inner = nearest.inner(part)
            if inner is None:
                return nearest, depth
            nearest = inner
        return nearest, len(loc)

    def with_default(self, key: str, value: Any) -> Source:
        if self.root.inner(key):
            return self
        return self.with_value((key,), Written(value, self.root.place, self.root.key))

    def with_value(self, loc: Loc, value: Written) -> Source:
        """With `value` in place of what stands at `loc`; sections on the way are made."""
        return replace(self, root=self.root.with_value(loc, value))

    def with_fault(self, *faults: Fault) -> Source:
        return replace(self, faults=(*self.faults, *faults))

    def value_around(self, loc: Loc) -> str | None:
        """The dotted name of a value, where `loc` needs a section."""
        for end in range(1, len(loc)):
            section, depth = self._nearest(loc[:end])
            if depth == end and not isinstance(section.content, dict | None):
                return dotted(loc[:end])
        return None


def written(value: Any, place: Callable[[Loc], Place], loc: Loc = ()) -> Written:
    """Data made in Python as if they had been written at places that `place` knows; lists become tuples."""
    content = value
    if isinstance(value, Mapping):
        content = {key: written(inner, place, (*loc, key)) for key, inner in value.items()}
    elif isinstance(value, list | tuple):
        content = tuple(written(inner, place, (*loc, index)) for index, inner in enumerate(value))
    return Written(content, place(loc), place(loc))


def source_of_settings(settings: Mapping[str, Any]) -> Source:
    """Settings made in Python, whose places are the dotted names of their keys."""
    root = written(settings, lambda loc: Place(dotted(loc)))
    start = Place("settings", 1, 1)
    return Source("settings", Path(), replace(root, place=start, key=start))
