"""A conversation with a target in a process of its own."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from lstmcheck.conventions.network_layout import NetworkLayout
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.wrong_line import WrongLine
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.types import Arrays, Indices, Numbers
from lstmcheck.targets.protocols import Pass, Returned
from lstmcheck.targets.protocols.adapter import state_shapes
from lstmcheck.targets.running.call_settings import TargetSettings, plain_layout
from lstmcheck.targets.running.captured_output import prints
from lstmcheck.targets.running.child_process import ChildProcess
from lstmcheck.targets.running.encoding import NoMessageError
from lstmcheck.targets.running.faults import EndedError
from lstmcheck.targets.running.functions import Loaded
from lstmcheck.targets.running.messages import pass_of_plain, returned_of_plain, wrong_lines_of_plain


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
