"""Functions that were handed over by the caller: they are called where they are, in this process.

Nothing can end such a call but an interval timer, which only the main thread has.
"""

from __future__ import annotations

import io
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from types import FrameType
from typing import Any

from lstmcheck.errors import LstmcheckError, Problem
from lstmcheck.targets.running.calling import Caller, name_of, place_of
from lstmcheck.targets.running.faults import MORE, EndedError, too_long

KEPT = 2**14
"""Characters of its output."""


class Expired(BaseException):
    """A call took too long. No `except Exception` in the target's code catches it."""


class _Head(io.StringIO):
    """Keeps the beginning of what is written: a target may print in every one of a million calls."""

    def write(self, text: str) -> int:
        return super().write(text) if self.tell() < KEPT else len(text)


class InPlace(Caller):
    """Calls functions in this process; what they print is kept out of the result.

    `timeout`: seconds that one call may take; None where nothing is to stop it.
    """

    def __init__(self, timeout: float | None = None) -> None:
        super().__init__()
        self.timeout = timeout
        self.printed = ""
        """What the target has written to stdout the first time that it wrote anything."""
        self.unlimited = False
        """Whether some call could not be timed though it was to be."""
        self._timed = False

    @contextmanager
    def session(self) -> Iterator[None]:
        stdout = _Head()
        try:
            with redirect_stdout(stdout), self._alarm(), super().session():
                yield
        finally:
            self.printed = self.printed or stdout.getvalue()

    @contextmanager
    def _alarm(self) -> Iterator[None]:
        """A call can be timed in the main thread, and on systems that have an interval timer."""
        in_main = threading.current_thread() is threading.main_thread()
        self._timed = bool(self.timeout) and in_main and hasattr(signal, "setitimer")
        if not self._timed:
            self.unlimited = bool(self.timeout)
            yield
            return
        before = signal.signal(signal.SIGALRM, _expire)
        try:
            yield
        finally:
            signal.signal(signal.SIGALRM, before)

    def run(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Raises Expired after the time that one call may take, and again every second."""
        if not self._timed:
            return function(*arguments, **named)
        assert self.timeout is not None
        signal.setitimer(signal.ITIMER_REAL, self.timeout, 1.0)
        try:
            return function(*arguments, **named)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def fault(
        self, function: Callable[..., Any], error: BaseException, arguments: tuple[Any, ...]
    ) -> LstmcheckError:
        if not isinstance(error, Expired):
            return super().fault(function, error, arguments)
        place, excerpt = place_of(function, error)
        return EndedError(Problem(too_long(name_of(function), self.timeout), place, MORE, excerpt))


def _expire(number: int, frame: FrameType | None) -> None:
    raise Expired
