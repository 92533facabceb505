"""A configuration's target, opened for a check, with its processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from lstmcheck.config import Config
from lstmcheck.errors import LstmcheckError
from lstmcheck.subject import Subject
from lstmcheck.targets.network import Advance, processes
from lstmcheck.targets.protocols.adapter import Function
from lstmcheck.targets.subject import subject_of
from lstmcheck.targets.target import open_target


@contextmanager
def opened(
    config: Config, advance: Advance | None, jobs: int, functions: Sequence[Function] | None
) -> Iterator[Subject]:
    """The subject of a check. Raises LstmcheckError for everything that is wrong with the target."""
    if jobs > 1 and functions is not None:
        raise LstmcheckError("functions that are in no file cannot be sent to processes.", where="processes")
    target = open_target(config, functions)
    with processes(config, jobs) as pool:
        yield subject_of(target, config.seed, advance, pool)
