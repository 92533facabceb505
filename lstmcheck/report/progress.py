"""A progress bar on stderr for work that takes over a second; nothing where stderr is no terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 1.0
"""Seconds before the bar appears."""
LONG, KNOWN_AFTER = 60.0, 3.0
"""Seconds: work of which more is left than that, so long after it began, is told what would shorten it."""
NEARLY = 0.99
"""The most that a bar shows before the end: what fails is measured again, and nobody knows of it before."""


class Pace:
    """How far work has come, which never goes back, and how long it will take."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock, self.opened, self.share = clock, clock(), 0.0
        # What is asked of a target before it is measured tells nothing of how long measuring takes.
        self.began, self.first = self.opened, -1.0

    def advance(self, done: int, expected: int) -> float:
        """The share that is done, out of what is expected by now, which may grow."""
        self.share = max(self.share, min(done / expected if expected else 0.0, NEARLY))
        if self.first < 0:
            self.began, self.first = self.clock(), self.share
        return self.share

    @property
    def spent(self) -> float:
        """Seconds since it began."""
        return self.clock() - self.opened

    @property
    def left(self) -> float:
        """Seconds, at the same pace."""
        gone = self.share - self.first
        return (self.clock() - self.began) * (1 - self.share) / gone if gone > 0 else float("inf")

    @property
    def is_known(self) -> bool:
        """Whether it was watched for long enough to tell."""
        return self.share > self.first >= 0 and self.clock() - self.began > KNOWN_AFTER


def format_seconds(seconds: float) -> str:
    """`40 s`, `12 min`, `290 h`."""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


@contextmanager
def progress(name: str, shorter: str = "") -> Iterator[Callable[[int, int], None]]:
    """Yields a function that takes evaluations done and evaluations expected.

    `shorter`: what would shorten work of a minute or more, told once.
    """
    if not sys.stderr.isatty():
        yield lambda done, expected: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task, pace = bar.add_task(name, total=1.0), Pace()
    hints = [shorter] if shorter else []

    def advance(done: int, expected: int) -> None:
        bar.update(task, completed=pace.advance(done, expected))
        if not bar.live.is_started and pace.spent > PATIENCE:
            bar.start()
        if hints and pace.is_known and pace.left > LONG:
            bar.console.print(
                f"{name}: about {format_seconds(pace.left)} left. {hints.pop()}", highlight=False
            )

    try:
        yield advance
    finally:
        bar.stop()
