"""What is asked of whoever provides the gradients: the same for every kind of subject."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from lstmcheck.config import Config
from lstmcheck.lstm.backward import Backward

Progress = Callable[[int, int], None]
"""Called with evaluations done and evaluations expected, which may grow."""


@dataclass(frozen=True)
class Request:
    """A configuration, and what the caller hands over beside it."""

    config: Config
    backward: type[Backward] = Backward
    """Of our own network."""
    functions: Sequence[Callable[..., Any]] | None = None
    """Of a target that is in no file."""
    processes: int = 1
    """In which a target is evaluated."""
    pool: Executor | None = None
    """Threads for our own network; None: this one."""
    progress: Progress | None = None
