"""Calls into the target's own code: whatever happens there is told with its file and line."""

from __future__ import annotations

import io
import linecache
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, redirect_stdout
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

import numpy as np

from lstmcheck.errors import LstmcheckError, Problem

OURS = str(Path(__file__).parents[1])
OUR_CALLS = {
    "import_file": "importing it",
    "import_module": "importing it",
    "run_module": "its forward pass",
    "run_autograd": "its backward pass",
}
"""Functions of ours that run the target's code, as messages call them."""
HEAD = 2**14
"""Characters of its output that are kept."""


class Expired(BaseException):
    """A call took too long. No `except Exception` in the target's code catches it."""


class _Head(io.StringIO):
    """Keeps the beginning of what is written: a target may print in every one of a million calls."""

    def write(self, text: str) -> int:
        return super().write(text) if self.tell() < HEAD else len(text)


class Caller:
    """Runs functions of the target; what they print is kept out of the result.

    `timeout`: seconds that one call may take; None where nothing is to stop it.
    """

    def __init__(self, timeout: float | None = None) -> None:
        self.timeout = timeout
        self.printed = ""
        """What the target has written to stdout the first time that it wrote anything."""
        self._ready = False
        self._timed = False

    def __call__(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """The function's result. Raises LstmcheckError for everything that it raises."""
        with nullcontext() if self._ready else self.session():
            try:
                with self._timer():
                    return function(*arguments)
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                raise self._fault(function, error, arguments) from None

    @contextmanager
    def session(self) -> Iterator[None]:
        """Prepares for many calls at once: they take less time than one at a time."""
        stdout = _Head()
        self._ready = True
        try:
            with redirect_stdout(stdout), _quiet(), _alarm(self.timeout) as self._timed:
                yield
        finally:
            self._ready = False
            self.printed = self.printed or stdout.getvalue()

    @contextmanager
    def _timer(self) -> Iterator[None]:
        """Raises Expired after the time that one call may take, and again every second."""
        if not self._timed:
            yield
            return
        assert self.timeout is not None
        signal.setitimer(signal.ITIMER_REAL, self.timeout, 1.0)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _fault(
        self, function: Callable[..., Any], error: BaseException, arguments: tuple[Any, ...]
    ) -> LstmcheckError:
        name = name_of(function)
        place, excerpt = _place(function, error)
        remedy: str | None
        if isinstance(error, Expired):
            what = f"{name} had not returned after {self.timeout:g} s; it was here."
            remedy = "--timeout SECONDS allows it more."
        elif isinstance(error, SystemExit):
            what, remedy = f"{name} ended the program: sys.exit({error.code!r}).", "Raise an error instead."
        else:
            said = " ".join(str(error).split())
            what = f"{name} raised {type(error).__name__}{f': {said}' if said else ''}."
            remedy = f"It was called with {given(arguments)}." if arguments else None
        return LstmcheckError(Problem(what, place, remedy, excerpt))


@contextmanager
def _quiet() -> Iterator[None]:
    """Overflow and lost imaginary parts show in the verdict."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _alarm(seconds: float | None) -> Iterator[bool]:
    """Whether a call can be timed: in the main thread, and on systems that have an interval timer."""
    in_main = threading.current_thread() is threading.main_thread()
    if not seconds or not in_main or not hasattr(signal, "setitimer"):
        yield False
        return
    before = signal.signal(signal.SIGALRM, _expire)
    try:
        yield True
    finally:
        signal.signal(signal.SIGALRM, before)


def _expire(number: int, frame: FrameType | None) -> None:
    raise Expired


def given(arguments: tuple[Any, ...]) -> str:
    """The shapes of some arguments: `(5, 3, 4), {W: (24, 4), b: (24,)}`."""
    return ", ".join(map(_shape, arguments))


def _shape(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_shape(each)}" for name, each in value.items()) + "}"
    if isinstance(value, tuple) and not all(isinstance(n, int) for n in value):
        return f"({', '.join(map(_shape, value))})"
    shape = getattr(value, "shape", None)
    return type(value).__name__ if shape is None else str(tuple(shape))


def name_of(function: Callable[..., Any]) -> str:
    """What a message calls it: its own name, or what ours does with the target."""
    name = getattr(function, "__name__", type(function).__name__)
    return OUR_CALLS.get(name, name)


def _place(function: Callable[..., Any], error: BaseException) -> tuple[str, str | None]:
    """Where in the target it happened, and that line."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return told(error.filename, error.lineno)
    return _innermost(error.__traceback__) or definition(function)


def _innermost(traceback: TracebackType | None) -> tuple[str, str | None] | None:
    """File, line and source of the innermost frame that is neither ours nor a library's."""
    found, fallback = None, None
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if not code.co_filename.startswith(OURS):
            place = told(code.co_filename, traceback.tb_lineno)
            fallback = fallback or place
            found = found if _is_library(code.co_filename) else place
        traceback = traceback.tb_next
    return found or fallback


def _is_library(path: str) -> bool:
    return path.startswith((sys.prefix, sys.base_prefix, "<")) or "site-packages" in path


def definition(function: Callable[..., Any]) -> tuple[str, str | None]:
    """Where a function, or the forward pass of a module, is defined."""
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    if code is None:
        code = getattr(getattr(type(function), "forward", None), "__code__", None)
    if code is None:
        return name_of(function), None
    return told(code.co_filename, code.co_firstlineno)


def told(path: str, line: int) -> tuple[str, str | None]:
    """`file:line`, and the source line as it is shown below a message."""
    source = linecache.getline(path, line).rstrip()
    excerpt = f"  {line} | {source}" if source else None
    return f"{short(path)}:{line}", excerpt


def short(path: str) -> str:
    """A path as its user would write it: relative to the working directory where it lies below that."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path
