"""Mistakes that look the same on one configuration: the key that would tell them apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lstmcheck.arrays.make_case import make_case
from lstmcheck.config import Config
from lstmcheck.errors import LstmcheckError
from lstmcheck.mistakes.diagnosis.replay import Replay
from lstmcheck.mistakes.diagnosis.visible_gradients import TargetView
from lstmcheck.mistakes.mistake import Mistake, compose
from lstmcheck.mistakes.needs import OF_THE_CHECK, Changes, changed, format_changes
from lstmcheck.tolerances.diagnosis import MATCH

Together = tuple[Mistake, ...]


@dataclass(frozen=True)
class Distinction:
    """What would tell some mistakes apart: keys of the configuration, or what is not covered yet."""

    keys: str | None = None
    beyond: str | None = None
    """`returning the gradient of c0`."""


def what_tells_apart(
    config: Config, group: Sequence[Together], view: TargetView | None = None, match: float = MATCH
) -> Distinction:
    """A change of the configuration after which all of the group differ in what is covered.

    Where no simple one is: what a target could return or take besides, so that they differ.
    """
    if len(group) < 2:
        return Distinction()
    for changes in _possible_changes(config):
        if _all_differ(_replay(config, changes, view), group, match):
            return Distinction(keys=format_changes(changes))
    if view is not None:
        for words, wider in view.widened(make_case(config)):
            if _all_differ(_replay(config, {}, wider), group, match):
                return Distinction(beyond=words)
    return Distinction()


def _possible_changes(config: Config) -> Iterator[Changes]:
    for need in OF_THE_CHECK:
        if not need.holds(config):
            yield need.changes(config)
    if config.sequence.lengths is None:
        yield {"sequence.length": config.sequence.length + 1}


def _replay(config: Config, changes: Changes, view: TargetView | None) -> Replay | None:
    try:
        return Replay.of(changed(config, changes) if changes else config, view)
    except LstmcheckError:
        return None


def _all_differ(replay: Replay | None, group: Sequence[Together], match: float) -> bool:
    if replay is None or not replay.infos:
        return False
    differences = [replay.difference(compose(mistakes)) for mistakes in group]
    if not all(np.isfinite(d).all() for d in differences):
        return False
    pairs = ((a, b) for k, a in enumerate(differences) for b in differences[:k])
    return all(np.linalg.norm(a - b) > match * np.linalg.norm(a) for a, b in pairs)
