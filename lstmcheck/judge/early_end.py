"""The end of a check before all of it is measured: what is measured by then is judged, the rest is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[int, int], None]


class OutOfTimeError(BaseException):
    """Raised amid a measurement. It is nobody's error: what passes over errors does not pass over this."""


class EarlyEnd:
    """When `is_over` says so, or by Ctrl-C, if that is to leave what was measured; else never."""

    def __init__(self, is_over: Callable[[], bool] | None = None, *, by_interrupt: bool = False) -> None:
        self.by_interrupt = by_interrupt
        self.interrupted = False
        self._is_over = is_over or (lambda: False)
        self._came = self._measuring = False

    @property
    def has_come(self) -> bool:
        """Whether nothing more is to be measured."""
        self._came = self._came or self._is_over()
        return self._came

    def watched(self, progress: Progress | None) -> Progress:
        """The same progress, which ends the measurement that it tells of when the time is over."""

        def told(done: int, expected: int) -> None:
            if progress:
                progress(done, expected)
            if self._measuring and self.has_come:
                raise OutOfTimeError

        return told

    @contextmanager
    def measuring(self, *, is_ours: bool) -> Iterator[None]:
        """What is measured here is dropped when the end comes amid it.

        A target may have been interrupted as well: it is asked nothing more.
        """
        self._measuring = True
        try:
            yield
        except OutOfTimeError:
            self._came = True
        except KeyboardInterrupt:
            if not (self.by_interrupt and is_ours):
                raise
            self._came = self.interrupted = True
        finally:
            self._measuring = False
