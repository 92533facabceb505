"""The kinds of subjects. A new one is a module with `opened`, and a row here."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from lstmcheck.config import Config
from lstmcheck.protocol_capabilities import GRADIENTS

if TYPE_CHECKING:
    from lstmcheck.judge.subject import Subject
    from lstmcheck.subjects.request import Request


@dataclass(frozen=True)
class SubjectKind:
    """Whose gradients are checked."""

    name: str
    module: str
    """Imported when such a subject is opened. Its `opened(request)` is a context manager that gives the
    Subject, and ends what it has started."""
    is_meant: Callable[[Config], bool]
    our_backward: bool = False
    """Whether our backward pass is checked: mistakes can be planted in it, and its terms are known."""


KINDS = [
    SubjectKind(
        "file of gradients",
        "lstmcheck.subjects.gradients_file",
        lambda config: config.target is not None and config.target.protocol == GRADIENTS,
    ),
    SubjectKind("target", "lstmcheck.subjects.target", lambda config: config.target is not None),
    SubjectKind("ours", "lstmcheck.subjects.ours", lambda config: True, our_backward=True),
]
"""In the order in which they are asked."""


def kind_of(config: Config) -> SubjectKind:
    """The kind of subject that a configuration means."""
    return next(kind for kind in KINDS if kind.is_meant(config))


def open_subject(request: Request) -> AbstractContextManager[Subject]:
    """The subject that a request means. Raises LstmcheckError for one that cannot be had."""
    opened: Callable[[Request], AbstractContextManager[Subject]]
    opened = import_module(kind_of(request.config).module).opened
    return opened(request)
