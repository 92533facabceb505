"""What functions do to their arguments: seen where they run, judged elsewhere."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from lstmcheck.lstm.types import Numbers
from lstmcheck.targets.running.calling import Caller, name_of


class Watch(Caller):
    """Calls through another caller, and compares what a function was given before and after."""

    def __init__(self, call: Caller) -> None:
        super().__init__()
        self.call = call
        self._observed: dict[str, None] = {}
        self._held: list[tuple[str, Any, Numbers]] = []

    @property
    def observed(self) -> tuple[str, ...]:
        """Each thing once, in words."""
        return tuple(self._observed)

    def __call__(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        given = [*_named(function, arguments), *_arrays(named, "")]
        known = {id(value) for _, value, _ in self._held}
        self._held += [(n, value, value.copy()) for n, value in given if id(value) not in known]
        result = self.call(function, *arguments, **named)
        self._compare(function, {name for name, _ in given})
        self._find_aliases(function, result)
        return result

    def _compare(self, function: Callable[..., Any], own: set[str]) -> None:
        for position, (name, value, before) in enumerate(self._held):
            if not np.array_equal(value, before, equal_nan=True):
                whose = "its argument" if name in own else "an argument of an earlier call,"
                self._note(f"{name_of(function)} changes {whose} {name}")
                self._held[position] = name, value, value.copy()

    def _find_aliases(self, function: Callable[..., Any], result: Any) -> None:
        """A caller that changes one would change the other."""
        for name, value in _arrays(result, ""):
            for held, given, _ in self._held:
                if np.may_share_memory(value, given):
                    what = name.lstrip(".") or "its result"
                    self._note(f"{name_of(function)} returned its input {held} itself, as {what}")

    def _note(self, what: str) -> None:
        self._observed[what] = None


def _named(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Iterator[tuple[str, Numbers]]:
    """The arrays among the arguments, by the function's own names; not those inside a cache."""
    names = _argument_names(function, len(arguments))
    for name, value in zip(names, arguments, strict=True):
        if isinstance(value, np.ndarray) or (isinstance(value, Mapping) and name != "cache"):
            yield from _arrays(value, name)


def _argument_names(function: Callable[..., Any], count: int) -> list[str]:
    try:
        names = list(inspect.signature(function).parameters)[:count]
    except (TypeError, ValueError):
        names = []
    return names + [f"argument {k + 1}" for k in range(len(names), count)]


def _arrays(value: Any, name: str) -> Iterator[tuple[str, Numbers]]:
    """Arrays directly in a value, or in a dict or tuple of them; a cache is the target's own business."""
    if isinstance(value, np.ndarray):
        yield name, value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            if isinstance(each, np.ndarray):
                yield f"{name}[{key!r}]" if name else str(key), each
    elif isinstance(value, tuple):
        for position, each in enumerate(value):
            if isinstance(each, np.ndarray):
                yield f"value {position + 1}", each
