"""Known mistakes that some cells of a network make and others do not; and where its gradients go wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.cell import CellKey
from lstmcheck.lstm.cell_names import Cells, place_of, places
from lstmcheck.lstm.forward import Trace
from lstmcheck.lstm.types import Arrays, Floats, Numbers
from lstmcheck.mistakes.diagnosis.explanation import Explanation, best_group, residual
from lstmcheck.mistakes.diagnosis.pairs import affordable
from lstmcheck.mistakes.diagnosis.replay import Replay
from lstmcheck.mistakes.mistake import Mistake


class SearchInSomeCells:
    """Mistakes that a part of the network makes, on one replay; as many are tried as are worth their time.

    `wrong`: the cells with a wrong gradient.
    """

    def __init__(self, replay: Replay, mistakes: Sequence[Mistake], wrong: Cells) -> None:
        self.replay = replay
        self.mistakes = [
            in_cells(mistake, place, cells)
            for place, cells in _likeliest_first(replay, wrong)
            for mistake in mistakes
        ]
        self.most = affordable(replay)

    @property
    def tried(self) -> tuple[str, ...]:
        """What a search that finds nothing has looked through, in words."""
        if not self.mistakes:
            return ()
        every, most = len(self.mistakes), self.most
        which = "each" if most >= every else f"{most:,}"
        return (f"{which} of {every:,} in some cells",)

    def find(self, wanted: Floats, match: float) -> list[Explanation]:
        """Those that give the wanted difference, each with the largest part that does."""
        found = (
            Explanation((mistake,), residual(wanted, self.replay.difference(mistake.backward)))
            for mistake in self.mistakes[: self.most]
        )
        group = sorted(best_group(found, match), key=lambda each: len(each.mistakes[0].cells or ()))
        return list({each.mistakes[0].id: each for each in group}.values())


def in_cells(mistake: Mistake, place: str, cells: Cells) -> Mistake:
    """The mistake as a part of the network makes it."""
    backward = type("InCells", (InCells,), {"mistaken": mistake.backward, "cells": cells})
    return replace(mistake, title=f"in {place}, {mistake.title}", backward=backward, cells=cells)


class InCells(Backward):
    """The right backward pass, but in `cells` that of another."""

    mistaken: type[Backward]
    cells: Cells

    def __init__(self, trace: Trace) -> None:
        super().__init__(trace)
        self._wrong = self.mistaken(trace)

    def cell(
        self, key: CellKey, d_y: Numbers, d_h: Numbers, d_c: Numbers
    ) -> tuple[Numbers, Numbers, Numbers]:
        if key not in self.cells:
            return super().cell(key, d_y, d_h, d_c)
        self._wrong.found = {}
        passed = self._wrong.cell(key, d_y, d_h, d_c)
        self.found |= self._wrong.found
        return passed


def wrong_cells(replay: Replay, found: Arrays, match: float) -> Cells:
    """The cells of which some parameter's gradient is wrong."""
    return frozenset(
        (info.layer, info.reverse)
        for info in replay.infos
        if info.layer is not None and _is_wrong(found[info.name], replay.right[info.name], match)
    )


def _is_wrong(found: Numbers, right: Numbers, match: float) -> bool:
    return not np.abs(found - right).max() <= match * np.abs(right).max()


def beginning(replay: Replay, wrong: Cells) -> str | None:
    """Where the gradients of a network first go wrong, in words; None where there is nothing to tell."""
    spec = replay.case.spec
    if len(spec.cells) == 1 or not wrong:
        return None
    top = max(layer for layer, _ in wrong)
    first = frozenset(key for key in wrong if key[0] == top)
    if first == frozenset(spec.cells):
        return None
    above = f"; above layer {top} every parameter's is right" if top < spec.num_layers - 1 else ""
    return f"gradients go wrong first in {place_of(spec, first)}{above}"


def _likeliest_first(replay: Replay, wrong: Cells) -> Iterator[tuple[str, Cells]]:
    """Parts of the network that may be to blame for these wrong cells.

    Those whose uppermost cells are the uppermost wrong ones; then those that hand down a wrong d_x.
    """
    top = max((layer for layer, _ in wrong), default=0)
    uppermost = {key for key in wrong if key[0] == top}
    parts = places(replay.case.spec)
    yield from ((place, cells) for place, cells in parts.items() if _topmost(cells) == uppermost)
    yield from ((place, cells) for place, cells in parts.items() if max(cells)[0] == top + 1)


def _topmost(cells: Cells) -> set[CellKey]:
    top = max(layer for layer, _ in cells)
    return {key for key in cells if key[0] == top}
