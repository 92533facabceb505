"""Known mistakes in the sums of some gates only: a line copied for each gate, and wrong in one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import Numbers
from lstmcheck.mistakes.diagnosis.sets import SetSearch, Together
from lstmcheck.mistakes.mistake import Mistake, WrongTerm, clash, compose, with_terms

SUMS = frozenset(("d_W", "d_U", "d_b", "d_p"))
"""Methods whose result has a row for each gate."""


def in_some_gates(search: SetSearch, chosen: Together) -> tuple[Mistake, ...]:
    """One mistake each for the rows that `chosen` leaves over, with which nothing is left; or none."""
    scene, left = search.scenes[-1], ~search.explained(chosen)
    if not all(scene.labels[k][0].gates for k in np.flatnonzero(left)):
        return ()
    found: list[Mistake] = []
    for mistake in _of_sums(search.mistakes.values()):
        if not left.any():
            break
        before = [search.mistakes[name] for name in chosen if name != mistake.id]
        if any(clash(mistake, other) for other in before):
            continue
        together = compose([*before, mistake])
        mine = left & scene.explained(scene.answer(together))
        if mine.any():
            found += _by_array(mistake, together, [scene.labels[k] for k in np.flatnonzero(mine)])
            left = left & ~mine
    return () if left.any() else tuple(found)


def _of_sums(mistakes: Iterable[Mistake]) -> Iterator[Mistake]:
    """Those that change the sums of parameters and nothing else."""
    yield from (mistake for mistake in mistakes if mistake.terms() and mistake.terms() <= SUMS)


def _by_array(
    mistake: Mistake, together: type[Backward], rows: Sequence[tuple[ArrayInfo, int]]
) -> Iterator[Mistake]:
    for info in dict.fromkeys(info for info, _ in rows):
        mine = [row for other, row in rows if other == info]
        place = info.name
        if len(mine) < info.rows:
            place = f"gate {' and '.join(info.gates[row] for row in mine)} of {info.name}"
        yield replace(
            mistake,
            title=f"in {place}, {mistake.title}",
            wrong=f"{mistake.wrong}, in {place}",
            backward=_rows_of(together, info.name, mine),
        )


def _rows_of(whole: type[Backward], name: str, rows: list[int]) -> type[Backward]:
    """Some rows of one array as another backward pass has them."""

    def gradients(b: Backward, right: WrongTerm, upstream: Outputs) -> dict[str, Numbers]:
        found: dict[str, Numbers] = right(upstream)
        mixed = found[name].copy()
        mixed[rows] = whole(b.trace).gradients(upstream)[name][rows]
        return found | {name: mixed}

    return with_terms({"gradients": gradients})
