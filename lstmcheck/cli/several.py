"""Several configurations, one after the other: what is in the way of one stops none of the others."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from lstmcheck.cli.app import explained, tell, tell_bugs
from lstmcheck.config import Config, name_of
from lstmcheck.config.template import BUILT_IN_NAME
from lstmcheck.errors import BUG_REMEDY, Problem
from lstmcheck.report.not_run import NotRun

T = TypeVar("T")


def attempted(name: str, work: Callable[[], T]) -> T | NotRun:
    """What the work returns, or what was in its way; only an interruption ends the command."""
    try:
        return work()
    except Exception as error:
        if problems := explained(error):
            return NotRun(name, problems)
        what = f"a bug in lstmcheck: {type(error).__name__}: {error}."
        return NotRun(name, (Problem(what, remedy=BUG_REMEDY),), traceback.format_exc())


def load_each(paths: Sequence[str | None], load_one: Callable[[str | None], Config]) -> list[Config | NotRun]:
    """All configurations; what is wrong with one is told at once, and does not stop the others."""
    loaded: list[Config | NotRun] = []
    for path in paths:
        name = "stdin" if path == "-" else name_of(path or BUILT_IN_NAME)
        each = attempted(name, partial(load_one, path))
        if isinstance(each, NotRun):
            tell_not_run(each, named=len(paths) > 1)
        loaded.append(each)
    return loaded


def each_of(loaded: Sequence[Config | NotRun], work: Callable[[Config], T]) -> Iterator[T | NotRun]:
    """What becomes of each configuration; what is in the way of one is told when it is met."""
    for config in loaded:
        if isinstance(config, NotRun):
            yield config
            continue
        result = attempted(config.name, partial(work, config))
        if isinstance(result, NotRun):
            tell_not_run(result, named=len(loaded) > 1)
        yield result


def tell_not_run(failure: NotRun, *, named: bool) -> None:
    """On stderr, what was in the way; of which configuration, where there are several."""
    if named:
        tell(f"{failure.name} could not be run:")
    if named or failure.bug is None:  # the traceback of a bug comes at the end
        tell("\n".join(map(str, failure.problems)))


def worst_code(results: Iterable[T | NotRun], code: Callable[[T], int]) -> int:
    """The exit code of all of them. Tracebacks of bugs go to stderr."""
    codes, tracebacks = [0], []
    for each in results:
        if not isinstance(each, NotRun):
            codes.append(code(each))
        elif each.bug is None:
            codes.append(2)
        else:
            tracebacks.append(each.bug)
    if tracebacks:
        tell_bugs(tracebacks)
        return 3
    return max(codes)
