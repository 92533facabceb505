"""A conversation with a target's functions: in a process of their own, or in this one if handed over."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np

from lstmcheck.conventions.network_layout import NetworkLayout
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.wrong_line import WrongLine
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.types import Arrays, Indices, Numbers
from lstmcheck.targets.protocols import Pass, Returned
from lstmcheck.targets.protocols.adapter import Function, state_shapes
from lstmcheck.targets.running.call_settings import TargetSettings, plain_layout
from lstmcheck.targets.running.child_process import ChildProcess
from lstmcheck.targets.running.codec import NoMessageError
from lstmcheck.targets.running.faults import EndedError
from lstmcheck.targets.running.functions import Loaded, TargetFunctions
from lstmcheck.targets.running.in_this_process import InPlace
from lstmcheck.targets.running.messages import (
    pass_of_plain,
    returned_of_plain,
    wrong_lines_of_plain,
)
from lstmcheck.targets.running.start_process import can_start


class Session(Protocol):
    """Every method raises LstmcheckError for whatever the target does wrong; EndedError where it ended."""

    def load(self) -> Loaded:
        """Import it, and say what it decides itself."""

    def prepare(self, layout: NetworkLayout) -> None:
        """Make ready for arrays of a layout."""

    def forward(self, arrays: Arrays, *, watched: bool = False) -> Pass:
        """A forward pass that backward passes may follow."""

    def backward(self, upstream: Outputs, ran: Pass, *, watched: bool = False) -> Returned:
        """The backward pass of one of them."""

    def evaluate(self, arrays: Arrays) -> Pass:
        """A forward pass with all arrays real, or all complex."""

    def spread(self, arrays: Arrays) -> Pass:
        """As `forward`, on arrays that are not contiguous in memory, as upstreams after it are not."""

    def seeded(self, arrays: Arrays) -> Pass:
        """A forward pass whose random numbers are the same each time, unless from a generator of its own."""

    def moved(self, arrays: Arrays, name: str, entries: Indices, values: Numbers) -> Iterator[Pass]:
        """One for each value, put at the flat index beside it, as soon as it is there."""

    def wrong_lines(
        self, layout: NetworkLayout, arrays: Arrays, upstream: Outputs, is_backward: bool
    ) -> tuple[WrongLine, ...]:
        """Of its source: where the backward or the forward pass of a single cell parts from ours."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What there is to know beside its numbers."""

    def stop(self) -> None:
        """End what another thread is waiting for; that thread is told."""

    def close(self) -> None:
        """No more is asked."""


def open_session(
    settings: TargetSettings, name: str, timeout: float | None, functions: Sequence[Function] | None = None
) -> Session:
    """Functions that were handed over run where they are; a file or module in a process of its own.

    Where pipes cannot be waited for, as on Windows, all of them run in this process.
    """
    if functions is None and can_start():
        return RemoteSession(settings, name, timeout)
    return LocalSession(TargetFunctions(settings, InPlace(timeout), functions))


class LocalSession:
    """In this process."""

    def __init__(self, target: TargetFunctions) -> None:
        self.load, self.prepare = target.load, target.prepare
        self.forward, self.backward = target.forward, target.backward
        self.evaluate, self.seeded, self.moved = target.evaluate, target.seeded, target.moved
        self.spread = target.spread
        self.wrong_lines = target.wrong_lines
        assert isinstance(target.call, InPlace)
        self._call, self._target = target.call, target

    @property
    def notes(self) -> tuple[str, ...]:
        limit = "the time limit is not enforced: in this process only the main thread can be interrupted"
        first = self._call.printed.partition("\n")[0]
        return (*([limit] if self._call.unlimited else []), *self._target.adapter.notes, *prints(first))

    def stop(self) -> None:
        """It cannot be stopped."""

    def close(self) -> None:
        """Nothing was opened."""


def prints(line: str) -> tuple[str, ...]:
    """That it writes something, if it does."""
    if not line.strip():
        return ()
    return (f"it prints, which is kept out of the result; its first line: {line[:80]}",)


class Handle:
    """A cache that stays in the target's process, for as long as this is referred to."""

    def __init__(self, number: int, process: ChildProcess, arrays: Arrays) -> None:
        self.number, self.process = number, process
        self.shapes = {name: array.shape for name, array in arrays.items()}


class RemoteSession:
    """In a process of its own. One that ended is started again when something else is asked."""

    def __init__(self, settings: TargetSettings, name: str, timeout: float | None) -> None:
        self._settings, self._name, self._timeout = settings, name, timeout
        self._process: ChildProcess | None = None
        self._layout: NetworkLayout | None = None
        self._placed: Arrays | None = None
        self._sent: Arrays = {}
        """What the process had to evaluate last: an array that is the same object is not sent again."""
        self._first = ""
        self._notes: tuple[str, ...] = ()

    def load(self) -> Loaded:
        """Start its process, and import it there."""
        self._process = ChildProcess(self._settings, self._name, self._timeout)
        with self._ends():
            self._process.wait_until_ready()
            return Loaded(**self._ask("load"))

    def prepare(self, layout: NetworkLayout) -> None:
        self._ask("prepare", layout=plain_layout(layout))
        self._layout = layout

    def forward(self, arrays: Arrays, *, watched: bool = False) -> Pass:
        return self._kept("forward", arrays, watched=watched)

    def spread(self, arrays: Arrays) -> Pass:
        return self._kept("spread", arrays)

    def _kept(self, do: str, arrays: Arrays, **request: Any) -> Pass:
        """A pass whose cache stays in the target's process."""
        with self._ends():
            process, found = self._running(), self._ask(do, arrays=dict(arrays), **request)
            handle = Handle(found["number"], process, arrays)
            weakref.finalize(handle, process.unreachable.append, handle.number)
            return pass_of_plain(found, handle, self._shapes(arrays))

    def backward(self, upstream: Outputs, ran: Pass, *, watched: bool = False) -> Returned:
        if ran.cache.process is not self._process:
            raise EndedError("the process that held its cache has ended.", where=self._name)
        with self._ends():
            found = self._ask("backward", upstream=upstream, number=ran.cache.number, watched=watched)
            return returned_of_plain(found, ran.cache.shapes)

    def evaluate(self, arrays: Arrays) -> Pass:
        with self._ends():
            self._running()
            others = {name: array for name, array in arrays.items() if array is not self._sent.get(name)}
            self._sent = dict(arrays)
            found = self._ask("evaluate", arrays=others, names=list(arrays))
            return pass_of_plain(found, None, self._shapes(arrays))

    def seeded(self, arrays: Arrays) -> Pass:
        with self._ends():
            return pass_of_plain(self._ask("seeded", arrays=dict(arrays)), None, self._shapes(arrays))

    def moved(self, arrays: Arrays, name: str, entries: Indices, values: Numbers) -> Iterator[Pass]:
        process, shapes, left = self._running(), self._shapes(arrays), len(entries)
        if arrays is not self._placed:
            self._ask("place", arrays=dict(arrays))
            self._placed = arrays
        with self._ends():
            process.ask("moved", name=name, entries=np.asarray(entries), values=values)
            try:
                while left:
                    found = process.receive()
                    left -= 1
                    yield pass_of_plain(found, None, shapes)
            except LstmcheckError:
                left = 0
                raise
            finally:
                if left:  # answers are on their way that nobody waits for
                    self.close()

    def wrong_lines(
        self, layout: NetworkLayout, arrays: Arrays, upstream: Outputs, is_backward: bool
    ) -> tuple[WrongLine, ...]:
        with self._ends():
            request = {"layout": plain_layout(layout), "arrays": dict(arrays), "upstream": upstream}
            return wrong_lines_of_plain(self._ask("wrong_lines", **request, is_backward=is_backward))

    @property
    def notes(self) -> tuple[str, ...]:
        if self._process is not None:
            self._notes = tuple(dict.fromkeys((*self._notes, *map(str, self._ask("notes")))))
        first = self._first or (self._process.output.first if self._process else "")
        return (*self._notes, *prints(first))

    def stop(self) -> None:
        if (process := self._process) is not None:
            process.stop()

    def close(self) -> None:
        if self._process is not None:
            self._process.close()
            self._first = self._first or self._process.output.first
            self._process = self._placed = None
            self._sent = {}

    def _running(self) -> ChildProcess:
        """Its process; a new one after the end of another, as far as that was."""
        if self._process is None:
            self.load()
            if self._layout is not None:
                self.prepare(self._layout)
        assert self._process is not None
        return self._process

    def _ask(self, do: str, **request: Any) -> Any:
        with self._ends():
            process = self._running()
            process.ask(do, **request)
            return process.receive()

    @contextmanager
    def _ends(self) -> Iterator[None]:
        """What ended is closed; and numbers that make no sense are the target's fault too."""
        try:
            yield
        except EndedError:
            self.close()
            raise
        except NoMessageError:
            self.close()
            what = "something wrote into the files of its process: what came from there are no numbers."
            raise EndedError(what, where=self._name) from None

    def _shapes(self, arrays: Arrays) -> list[tuple[int, ...]]:
        """Of y, h_T and c_T."""
        length, batch, _ = arrays["x"].shape
        spec = self._settings.spec
        return [(length, batch, spec.directions * spec.output_size), *state_shapes(spec, batch)]
