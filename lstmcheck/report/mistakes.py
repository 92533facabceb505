"""The catalogue of mistakes: a list by family, one entry with what it does, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from lstmcheck.config import Config
from lstmcheck.mistakes.diagnosis.replay import Replay
from lstmcheck.mistakes.mistake import Mistake
from lstmcheck.mistakes.needs import changed, format_changes
from lstmcheck.report.content import Block, Content, Line
from lstmcheck.report.json_model import head

SMALL = {
    "name": "small",
    "lstm": {"input_size": 4, "hidden_size": 6},
    "sequence": {"length": 5, "batch": 3},
}
"""The sizes of configs/small.yaml; the rest are defaults."""
NOTHING = 1e-12
"""Differences below this share of a gate's scale are rounding."""


@dataclass(frozen=True)
class CatalogueContent(Content):
    """A list by family, or `alone` one mistake with what it does to a small network, computed now."""

    mistakes: Sequence[Mistake]
    alone: bool = False

    def screen(self, room: int | None) -> Iterator[Block]:
        if self.alone:
            (mistake,) = self.mistakes
            yield from map(Line, [*_facts(mistake), "", *_effect(mistake)])
        else:
            yield from map(Line, _listing(self.mistakes))

    def document(self) -> Mapping[str, Any]:
        documents = [_document(mistake) for mistake in self.mistakes]
        if len(documents) == 1:
            (mistake,) = self.mistakes
            documents[0]["spoils"] = spoilt(mistake, small_for(mistake)[0])
        return {**head("mistakes"), "mistakes": documents}


def _listing(mistakes: Sequence[Mistake]) -> Iterator[str]:
    for family, members in groupby(mistakes, lambda mistake: mistake.family):
        yield from (family, *(f"  {mistake.id:<36} {mistake.title}" for mistake in members), "")
    yield f"{len(mistakes)} mistakes. lstmcheck mistakes ID shows one."


def _facts(mistake: Mistake) -> Iterator[str]:
    yield f"{mistake.id} ({mistake.family}): {mistake.title}"
    yield ""
    yield f"  wrong    {mistake.wrong}"
    yield f"  right    {mistake.right}"
    yield f"  tempting {mistake.why}"
    yield f"  needs    {', '.join(need.name for need in mistake.needs) or 'nothing'}"
    yield f"  seen in  {mistake.seen_in or 'no public place that we know'}"


def _effect(mistake: Mistake) -> Iterator[str]:
    config, changes = small_for(mistake)
    which = f"configs/small.yaml with {format_changes(changes)}" if changes else "configs/small.yaml"
    yield f"On {which} it changes, relative to the gate's scale:"
    for label, share in spoilt(mistake, config).items():
        yield f"  {label:<16} {share:.1e}"


def small_for(mistake: Mistake) -> tuple[Config, dict[str, object]]:
    """The small configuration with the features that the mistake needs, and what was changed for them."""
    config = Config.model_validate(SMALL)
    changes: dict[str, object] = {}
    for need in mistake.needs:
        if not need.holds(config):
            changes |= need.changes(config)
            config = changed(config, need.changes(config))
    return config, changes


def spoilt(mistake: Mistake, config: Config) -> dict[str, float]:
    """The largest error of every gate that it changes, relative to the gate's scale, by label."""
    replay = Replay.of(config)
    gradients = replay.gradients(mistake.backward)
    shares = {}
    for info in replay.infos:
        right, wrong = (a[info.name].reshape(info.rows, -1) for a in (replay.right, gradients))
        for row in range(info.rows):
            scale = np.abs(right[row]).max() or np.abs(right).max()
            share = float(np.abs(wrong[row] - right[row]).max() / scale) if scale else 0.0
            if not share <= NOTHING:
                shares[info.label(row)] = share
    return shares


def _document(mistake: Mistake) -> dict[str, object]:
    return {
        "id": mistake.id,
        "title": mistake.title,
        "family": mistake.family,
        "wrong": mistake.wrong,
        "right": mistake.right,
        "why": mistake.why,
        "needs": [need.name for need in mistake.needs],
        "seen_in": mistake.seen_in,
    }
