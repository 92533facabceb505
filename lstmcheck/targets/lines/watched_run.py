"""One run of a target's instrumented functions: what it returned, what is wrong of that, and its events."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.types import Arrays, Numbers
from lstmcheck.targets.lines.events import Event, Occurrence, Repair
from lstmcheck.targets.lines.names import same
from lstmcheck.targets.lines.readable import Readable
from lstmcheck.targets.lines.recording import Recorder
from lstmcheck.targets.lines.vocabulary import Vocabulary
from lstmcheck.targets.protocols.adapter import Adapter, Function
from lstmcheck.targets.running.calling import Caller


class _DoneError(Exception):
    """The function that is judged has returned."""


class Listener(Caller):
    """Calls through another caller. Of the function that is judged the result is kept: no more is done."""

    def __init__(self, call: Caller, judged: Function, recorder: Recorder | None) -> None:
        super().__init__()
        self.call, self.judged, self.recorder = call, judged, recorder
        self.result: Any = None

    def __call__(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        if function is not self.judged:
            return self.call(function, *arguments, **named)
        with self._recording():
            self.result = self.call(function, *arguments, **named)
        raise _DoneError

    @contextmanager
    def _recording(self) -> Iterator[None]:
        if self.recorder is not None:
            self.recorder.active = True
        try:
            yield
        finally:
            if self.recorder is not None:
                self.recorder.active = False


@dataclass(frozen=True)
class Probe:
    """What is asked of a target: its forward or its backward pass over small arrays, and the right answer."""

    arrays: Arrays
    upstream: Outputs
    is_backward: bool
    right: Any
    """Arrays in the containers that the function returns; None where nothing is known."""


def result_of(
    adapter_of: Callable[[Sequence[Function], Caller], Adapter],
    functions: Sequence[Function],
    call: Caller,
    probe: Probe,
    recorder: Recorder | None = None,
) -> Any:
    """What the function that is judged returns. Raises LstmcheckError for whatever it does wrong."""
    judged = functions[-1] if probe.is_backward else functions[0]
    listener = Listener(call, judged, recorder)
    adapter = adapter_of(functions, listener)
    adapter.prepare()
    try:
        ran = adapter.forward(probe.arrays)
        adapter.backward(probe.upstream, ran)
    except _DoneError:
        return listener.result
    raise LstmcheckError("the function that is judged was not called.")


def wrong_parts(result: Any, right: Any, path: str = "") -> set[str]:
    """Paths to arrays of a result that are not as they should be."""
    if right is None:
        return set()
    if isinstance(right, Mapping):
        if not isinstance(result, Mapping):
            return {path}
        pairs: list[tuple[Any, Any, Any]] = [
            (key, result[key], each) for key, each in right.items() if key in result
        ]
    elif isinstance(right, tuple):
        if not isinstance(result, list | tuple) or len(result) != len(right):
            return {path}
        pairs = [(k, result[k], each) for k, each in enumerate(right)]
    else:
        return set() if same(_array(result), right) else {path}
    return {part for key, got, each in pairs for part in wrong_parts(got, each, f"{path}[{key!r}]")}


def _array(value: Any) -> Numbers | None:
    try:
        found = np.asarray(value)
    except Exception:
        return None
    return found if found.dtype.kind in "fiub" else None


@dataclass(frozen=True)
class Seen:
    """What one run showed."""

    events: Sequence[Event]
    producer: Callable[[Any], Event | None]
    result: Any
    wrong: frozenset[str]
    strangeness: int
    """How far its values are from being those of the derivation."""

    @property
    def by_key(self) -> dict[Occurrence, Event]:
        return {event.key: event for event in self.events}


MOST_WORK = 250_000
"""Events of all runs of a target: one takes some ten microseconds."""


class Runs:
    """Runs of one target's instrumented functions, with values repaired. Counts them."""

    def __init__(
        self, run: Callable[[], Any], recorder: Recorder, right: Any, vocabulary: Vocabulary
    ) -> None:
        self._run, self.recorder, self.right, self.vocabulary = run, recorder, right, vocabulary
        self.count = self.work = 0

    def seen(self, repairs: Mapping[Occurrence, Repair]) -> Seen | None:
        """None where it fails, or does too much to be followed, alone or with those before."""
        if self.work > MOST_WORK:
            return None
        self.count += 1
        recorder = self.recorder
        recorder.reset()
        recorder.repair(repairs)
        try:
            result = self._run()
        except Exception:
            return None
        events = recorder.events
        self.work += len(events)
        if recorder.full:
            return None
        wrong = frozenset(wrong_parts(result, self.right))
        return Seen(events, recorder.origins.producer, result, wrong, sum(map(self._strangeness, events)))

    def readable(self, key: Occurrence, repairs: Mapping[Occurrence, Repair]) -> Readable | None:
        """The names at a place, when it is reached for the time that `key` says; None where it is not."""
        self.recorder.trap = key
        try:
            self.seen(repairs)
            return None if self.recorder.names is None else Readable(*self.recorder.names)
        finally:
            self.recorder.trap = None

    def _strangeness(self, event: Event) -> int:
        """0 for a quantity of the derivation, 1 for a product of some, 2 for what has no name; also for zeros
        that were computed."""
        content = event.content
        if event.source is not None or content is None or content.size < 2:
            return 0
        if not content.any():
            return 2 if isinstance(event.place.node, ast.BinOp) else 0
        rank = self.vocabulary.rank(content)
        return 2 if rank is None else min(rank, 1)
