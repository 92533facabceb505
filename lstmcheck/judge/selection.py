"""Which arrays are checked, and which of their entries."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lstmcheck.config import Config, spec
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.coverage import is_chosen
from lstmcheck.judge.subject import Subject
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.parameters import ArrayInfo, generator
from lstmcheck.lstm.types import Floats, Indices
from lstmcheck.tolerances.directions import CALLS, CELL_WORK, FEW, TELLING, WORK


def chosen_arrays(config: Config, case: Case) -> list[ArrayInfo]:
    """The arrays to check."""
    return [info for info in case.infos if is_chosen(info, config)]


def goes_by_directions(subject: Subject, infos: Sequence[ArrayInfo]) -> bool:
    """Whether whole gates are judged along random directions, rather than entries one by one.

    Raises LstmcheckError where that was asked for and cannot be had.
    """
    obstacle = _obstacle(subject)
    if obstacle and subject.config.check.method == "directions":
        raise LstmcheckError(
            f"whole gates cannot be judged along directions: {obstacle}.",
            where="check.method",
            remedy="Use entries, or auto.",
        )
    entries = sum(info.size for info in infos)
    return not obstacle and wants_directions(subject.config, entries, foreign=subject.foreign)


def wants_directions(config: Config, entries: int, *, foreign: bool) -> bool:
    """Whether `check.method` says so; auto does where so many entries would take long: by counts, never by
    clocks."""
    check = config.check
    if check.method != "auto":
        return bool(check.method == "directions")
    if check.entries != "all" or check.step != "auto":
        return False
    if foreign:
        return 2 * entries > CALLS
    net, steps = spec(config), config.sequence.length * config.sequence.batch
    cells = net.num_layers * net.directions
    work = steps * cells * net.hidden_size * (net.output_size + CELL_WORK)
    return bool(2 * entries * work > WORK)


def _obstacle(subject: Subject) -> str | None:
    """Why directions say nothing here."""
    if subject.along is None:
        return "the target computes in numbers of lower precision, and steps along them are too small"
    if subject.network.has_kinks and subject.foreign:
        return "an activation has a kink, and some unit is always beside it"
    return None


def chosen_entries(config: Config, info: ArrayInfo, right: Floats, *, forget_rows: bool = False) -> Indices:
    """Flat indices of the entries to check: all that have an effect, or some of each gate.

    In coupled networks the forget rows have none, unless a loss reads the parameters themselves.

    Among these is the largest of our own gradients `right`: without it the scale would be a matter of luck.
    """
    every = _entries_with_an_effect(config, info, forget_rows=forget_rows)
    count = config.check.entries
    if count == "all":
        return every
    random = generator(config.seed, f"entries {info.name}")
    sizes, rows = np.abs(right.ravel()[every]), info.row_of(every)

    def some(row: int) -> Indices:
        mine = random.permutation(np.flatnonzero(rows == row))
        largest = mine[np.argmax(sizes[mine])]
        return np.asarray(every[np.append(largest, mine[mine != largest])[:count]])

    return np.sort(np.concatenate([some(row) for row in np.unique(rows)]))


def _entries_with_an_effect(config: Config, info: ArrayInfo, *, forget_rows: bool) -> Indices:
    every = np.arange(info.size).reshape(info.rows, -1)
    return every[_rows_with_an_effect(config, info, forget_rows=forget_rows)].ravel()


def _rows_with_an_effect(config: Config, info: ArrayInfo, *, forget_rows: bool) -> list[int]:
    without = info.row("f") if config.lstm.coupled and not forget_rows and "f" in info.gates else None
    return [row for row in range(info.rows) if row != without]


def telling_entries(
    config: Config, info: ArrayInfo, analytic: Floats, right: Floats, *, forget_rows: bool
) -> Indices:
    """Flat indices of the entries that say most of each gate: the largest of it and of our own gradients
    `right`, and those where the two differ most.

    They only tell where to look: what is found there is measured. Small gates have all of theirs.
    """
    a, r = (gradients.reshape(info.rows, -1) for gradients in (analytic, right))
    rows = _rows_with_an_effect(config, info, forget_rows=forget_rows)
    chosen = [_telling(a[row], r[row], config.check.rtol) + row * a.shape[1] for row in rows]
    return np.unique(np.concatenate(chosen))


def _telling(analytic: Floats, right: Floats, rtol: float) -> Indices:
    """Of one gate, both flat."""
    if len(right) <= FEW:
        return np.arange(len(right))
    with np.errstate(invalid="ignore"):
        apart = np.nan_to_num(np.abs(analytic - right), nan=np.inf, posinf=np.inf)
    ours = np.abs(right)
    if apart.max() <= rtol * ours.max():
        # The largest has the scale of them all, and there is nothing else to look at.
        return np.array([ours.argmax()])
    sizes = [ours, np.nan_to_num(np.abs(analytic), posinf=np.inf), apart]
    return np.concatenate([np.argpartition(-size, TELLING)[:TELLING] for size in sizes])
