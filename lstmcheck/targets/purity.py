"""Whether a target's functions depend on nothing but their arguments, and leave those as they were."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.types import Arrays, Numbers
from lstmcheck.reference.function import moved, random_direction
from lstmcheck.results import Purity
from lstmcheck.targets.calling import Caller, name_of
from lstmcheck.targets.protocols import Pass, Returned
from lstmcheck.targets.returned import fault
from lstmcheck.targets.target import Target


@dataclass(frozen=True)
class Answers:
    """The first forward and backward pass of a target, and how pure they are."""

    ran: Pass
    returned: Returned
    purity: Purity


def first_answers(target: Target) -> Answers:
    """Run a target forward and backward, several times over, and compare.

    Raises LstmcheckError for a target that cannot be run, and for gradients that are its own inputs.
    """
    adapter, arrays = target.adapter, target.case.arrays
    watch = Watch(adapter.call)
    adapter.call = watch
    try:
        ran = adapter.forward(arrays)
        found = adapter.backward(target.upstream(ran), ran)
    finally:
        adapter.call = watch.call
    problems = [*watch.changed, *_repeated(target, ran, found)]
    return Answers(ran, found, Purity(tuple(dict.fromkeys(problems))))


def _repeated(target: Target, ran: Pass, found: Returned) -> Iterator[str]:
    """What is not the same the second time."""
    again = target.adapter.forward(target.case.arrays)
    if different := _different(_outputs(ran), _outputs(again)):
        yield f"forward twice gives different outputs: {different}"
        return
    yield from _twice("backward twice on one cache", target, ran, found)
    second = list(
        _twice("forward and backward, run a second time, keep something: they", target, again, found)
    )
    yield from second
    if not second:
        yield from _after_another(target, found)


def _after_another(target: Target, found: Returned) -> Iterator[str]:
    """Forward, another forward, and only then the backward pass of the first."""
    ran = target.adapter.forward(target.case.arrays)
    other = moved(target.case.arrays, random_direction(target, 0, "another"), 1.0)
    target.adapter.forward(other)
    yield from _twice("a later forward changes the cache of an earlier one: its backward", target, ran, found)


def _twice(what: str, target: Target, ran: Pass, found: Returned) -> Iterator[str]:
    try:
        again = target.adapter.backward(target.upstream(ran), ran)
    except LstmcheckError as error:
        yield f"{what} fails: {error.problems[0].where}: {error.problems[0].what.rstrip('.')}"
        return
    if different := _different(found.arrays, again.arrays):
        yield f"{what} gives different gradients: {different}"


def _outputs(ran: Pass) -> Arrays:
    if ran.outputs is None:
        return {"loss": np.asarray(ran.loss)}
    return ran.outputs._asdict()


def _different(one: Arrays, other: Arrays) -> str:
    """Names of arrays that are not the same to the last bit, and by how much they differ."""
    names = [name for name in one if not np.array_equal(one[name], other[name], equal_nan=True)]
    apart = max((float(np.abs(one[name] - other[name]).max()) for name in names), default=0.0)
    return f"{', '.join(names)} (by up to {apart:.1e})" if names else ""


class Watch(Caller):
    """Calls through another caller, and compares what a function was given before and after."""

    def __init__(self, call: Caller) -> None:
        super().__init__(call.timeout)
        self.call = call
        self.changed: list[str] = []
        self._held: list[tuple[str, Any, Numbers]] = []

    def __call__(self, function: Callable[..., Any], *arguments: Any) -> Any:
        named = list(_named(function, arguments))
        known = {id(value) for _, value, _ in self._held}
        self._held += [(n, value, _numbers(value).copy()) for n, value in named if id(value) not in known]
        result = self.call(function, *arguments)
        self.printed = self.call.printed
        self._compare(function, {name for name, _ in named})
        self._refuse_aliases(function, result)
        return result

    def _compare(self, function: Callable[..., Any], own: set[str]) -> None:
        for position, (name, value, before) in enumerate(self._held):
            if not np.array_equal(_numbers(value), before, equal_nan=True):
                whose = "its argument" if name in own else "an argument of an earlier call,"
                self.changed.append(f"{name_of(function)} changes {whose} {name}")
                self._held[position] = name, value, _numbers(value).copy()

    def _refuse_aliases(self, function: Callable[..., Any], result: Any) -> None:
        """What comes back must be new: a caller that changes one would change the other."""
        for name, value in _arrays(result, ""):
            for held, given, _ in self._held:
                if np.shares_memory(_numbers(value), _numbers(given)):
                    raise fault(
                        function,
                        f"returned its input {held} itself, as {name.lstrip('.') or 'its result'}.",
                        "Return a new array.",
                    )


def _named(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
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


def _arrays(value: Any, name: str) -> Iterator[tuple[str, Any]]:
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


def _numbers(value: Any) -> Numbers:
    return np.asarray(value)
