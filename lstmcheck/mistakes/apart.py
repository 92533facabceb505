"""Mistakes that look the same on one configuration: the key that would tell them apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from pydantic import ValidationError

from lstmcheck.config import Config
from lstmcheck.errors import LstmcheckError
from lstmcheck.mistakes.entry import Mistake, compose
from lstmcheck.mistakes.matching import MATCH
from lstmcheck.mistakes.needs import OF_THE_CHECK, Changes, changed, told
from lstmcheck.mistakes.replay import Replay

Together = tuple[Mistake, ...]


def what_tells_apart(config: Config, group: Sequence[Together]) -> str | None:
    """A change of the configuration after which all of the group differ; None if no simple one does."""
    if len(group) < 2:
        return None
    for changes in _possible_changes(config):
        if _all_differ(config, changes, group):
            return told(changes)
    return None


def _possible_changes(config: Config) -> Iterator[Changes]:
    for need in OF_THE_CHECK:
        if not need.holds(config):
            yield need.changes(config)
    if config.sequence.lengths is None:
        yield {"sequence.length": config.sequence.length + 1}


def _all_differ(config: Config, changes: Changes, group: Sequence[Together]) -> bool:
    try:
        replay = Replay.of(changed(config, changes))
    except (LstmcheckError, ValidationError):
        return False
    found = [replay.difference(compose(mistakes)) for mistakes in group]
    if not all(np.isfinite(d).all() for d in found):
        return False
    pairs = ((a, b) for k, a in enumerate(found) for b in found[:k])
    return all(np.linalg.norm(a - b) > MATCH * np.linalg.norm(a) for a, b in pairs)
