"""A progress bar on stderr for work that takes over a second; nothing where stderr is no terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 1.0
"""Seconds before the bar appears."""


@contextmanager
def progress(name: str) -> Iterator[Callable[[int, int], None]]:
    """Yields a function that takes evaluations done and evaluations expected."""
    if not sys.stderr.isatty():
        yield lambda done, expected: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task(name, total=None)
    appears = time.monotonic() + PATIENCE

    def advance(done: int, expected: int) -> None:
        bar.update(task, completed=done, total=expected)
        if not bar.live.is_started and time.monotonic() > appears:
            bar.start()

    try:
        yield advance
    finally:
        bar.stop()
