"""Calls into the target's own code: whatever happens there is told with its file and line."""

from __future__ import annotations

import inspect
import linecache
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from traceback import walk_tb
from types import TracebackType
from typing import Any

import numpy as np

from lstmcheck.errors import LstmcheckError, Problem
from lstmcheck.protocol_capabilities import install_command
from lstmcheck.targets.loading.notebooks import where_left_out
from lstmcheck.targets.loading.program import ProgramError
from lstmcheck.targets.loading.recognise_python2 import python_2
from lstmcheck.targets.loading.whose_code import is_library, is_ours
from lstmcheck.targets.running.faults import EndedError

IMPORTING = "importing it"
OUR_CALLS = {
    "import_file": IMPORTING,
    "import_module": IMPORTING,
    "module_exists": IMPORTING,
    "read_numbers": "reading its outputs",
    "set_parameters": "setting its parameters",
    "run_autograd": "its backward pass",
}
"""Functions of ours that run the target's code, as messages call them."""


class Caller:
    """Runs functions of the target. `interruptible`: Ctrl-C is the user's, and not the target's."""

    interruptible = True
    limits = ""
    """What else there is to say of a MemoryError."""

    def __init__(self) -> None:
        self._ready = False

    def __call__(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """The function's result. Raises LstmcheckError for everything that it raises."""
        given_to = (*arguments, named) if named else arguments
        with nullcontext() if self._ready else self.session():
            try:
                return self.run(function, *arguments, **named)
            except KeyboardInterrupt as error:
                if self.interruptible:
                    raise
                raise self.fault(function, error, given_to) from None
            except ProgramError:
                raise
            except BaseException as error:
                raise self.fault(function, error, given_to) from None

    def run(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """The call itself."""
        return function(*arguments, **named)

    @contextmanager
    def session(self) -> Iterator[None]:
        """Prepares for many calls at once: they take less time than one at a time."""
        self._ready = True
        try:
            with quiet():
                yield
        finally:
            self._ready = False

    def fault(
        self, function: Callable[..., Any], error: BaseException, arguments: tuple[Any, ...]
    ) -> LstmcheckError:
        """What it raised, in words, with the line where it did."""
        name = name_of(function)
        place, excerpt = place_of(function, error)
        if isinstance(error, SystemExit):
            what = f"{name} ended the program: sys.exit({error.code!r})."
            return EndedError(Problem(what, place, "Raise an error instead.", excerpt))
        if isinstance(error, MemoryError):
            return EndedError(Problem(_raised(name, error), place, self.limits or None, excerpt))
        what, remedy = python_2(error, place.rpartition(":")[0]) or (
            _raised(name, error),
            _not_installed(error) or _left_out(error) or _no_lengths(error) or _called_with(name, arguments),
        )
        return LstmcheckError(Problem(what, place, remedy, excerpt))


def _raised(name: str, error: BaseException) -> str:
    said = " ".join(str(error).split())
    return f"{name} raised {type(error).__name__}{f': {said}' if said else ''}".rstrip(".") + "."


def _not_installed(error: BaseException) -> str | None:
    """Of a library that comes with one of our extras: how to get it."""
    return install_command(error.name) if isinstance(error, ModuleNotFoundError) else None


def _left_out(error: BaseException) -> str | None:
    """Of a name that is not there because definitions alone were taken: where it would have come from."""
    where = where_left_out(error.name) if isinstance(error, NameError) else None
    return where and f"It is bound at {where}, which is no definition: only those are taken."


def _no_lengths(error: BaseException) -> str | None:
    """Of a function that cannot be given the lengths of the sequences."""
    if not (isinstance(error, TypeError) and "unexpected keyword argument 'lengths'" in str(error)):
        return None
    return "Sequences have lengths of their own: it is given lengths=, unless sequence.lengths is null."


def _called_with(name: str, arguments: tuple[Any, ...]) -> str | None:
    return f"It was called with {given(arguments)}." if arguments and name != IMPORTING else None


@contextmanager
def complex_or_nothing() -> Iterator[None]:
    """Inside, an imaginary part that is dropped is an error, rather than a number like others."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        yield


@contextmanager
def quiet() -> Iterator[None]:
    """Overflow and lost imaginary parts show in the verdict."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


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


def place_of(function: Callable[..., Any], error: BaseException) -> tuple[str, str | None]:
    """Where in the target it happened, and that line."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return locate_line(error.filename, error.lineno)
    own = _lines(error.__traceback__)
    # What a framework does later has no frames of the target: the lines that asked for it are the cause's.
    caused = _lines(error.__cause__.__traceback__) if error.__cause__ else []
    theirs = next(
        filter(None, ([e for e in each if not is_library(e[0])] for each in (own, caused))), own[:1]
    )
    return locate_line(*theirs[-1]) if theirs else definition(function)


def _lines(traceback: TracebackType | None) -> list[tuple[str, int]]:
    """File and line of the frames that are not ours, the innermost last."""
    found = [(frame.f_code.co_filename, line) for frame, line in walk_tb(traceback)]
    return [(path, line) for path, line in found if not is_ours(path)]


def definition(function: Callable[..., Any]) -> tuple[str, str | None]:
    """Where a function, or the forward pass of a module, is defined."""
    function = inspect.unwrap(function)
    made_by: Any = function
    if isinstance(function, type):
        made_by = vars(function).get("__init__") or vars(function).get("forward")
    code = getattr(getattr(made_by, "__func__", made_by), "__code__", None)
    if code is None:
        code = getattr(getattr(type(function), "forward", None), "__code__", None)
    if code is None:
        return name_of(function), None
    return locate_line(code.co_filename, code.co_firstlineno)


def told_at(function: Callable[..., Any], problem: Problem) -> Problem:
    """A problem that has no line of the target's, where a function of the target is."""
    path = (problem.where or "").rpartition(":")[0]
    if path and not is_library(path) and not is_ours(path):
        return problem
    place, excerpt = definition(function)
    return replace(problem, where=place, excerpt=excerpt)


def locate_line(path: str, line: int) -> tuple[str, str | None]:
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
