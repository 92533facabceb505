"""The kinds of subjects. A new one is a module with `opened`, and a row here."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module

from lstmcheck.judge.subject import Subject
from lstmcheck.subjects.request import Request


@dataclass(frozen=True)
class Kind:
    """Whose gradients are checked."""

    name: str
    module: str
    """Imported when such a subject is opened. Its `opened(request)` is a context manager that gives the
    Subject, and ends what it has started."""
    is_meant: Callable[[Request], bool]


KINDS = [
    Kind("target", "lstmcheck.subjects.target", lambda request: request.config.target is not None),
    Kind("ours", "lstmcheck.subjects.ours", lambda request: True),
]
"""In the order in which they are asked."""


def open_subject(request: Request) -> AbstractContextManager[Subject]:
    """The subject that a request means. Raises LstmcheckError for one that cannot be had."""
    kind = next(kind for kind in KINDS if kind.is_meant(request))
    opened: Callable[[Request], AbstractContextManager[Subject]] = import_module(kind.module).opened
    return opened(request)
