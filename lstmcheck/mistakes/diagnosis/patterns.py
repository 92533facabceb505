"""Mistakes that show in the gradients alone: factors, gates in another order, blocks in each other's place.

A pattern is told only where together with others it explains everything that is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np

from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import Arrays, Floats
from lstmcheck.mistakes.diagnosis.replay import Replay
from lstmcheck.tolerances.diagnosis import ENTRIES_PER_FACTOR, MATCH, SAME


@dataclass(frozen=True)
class Row:
    """One gate of an array, or an array that has no gates: as returned, and as it should be."""

    info: ArrayInfo
    row: int
    found: Floats
    right: Floats
    value: Floats
    """Of the array itself."""

    @property
    def label(self) -> str:
        return self.info.label(self.row)

    @property
    def wrong(self) -> bool:
        return not same(self.found, self.right)


@dataclass(frozen=True)
class Pattern:
    """What some rows have in common, by the catalogue's id, in a sentence."""

    mistake: str
    title: str
    wrong: str
    right: str
    rows: frozenset[str] = field(repr=False)


def same(found: Floats, right: Floats) -> bool:
    """Whether two rows are equal but for rounding."""
    size = np.abs(right).max(initial=0)
    return found.shape == right.shape and bool(np.abs(found - right).max(initial=0) <= SAME * size)


def find_patterns(replay: Replay, found: Arrays, right: Arrays | None = None) -> list[Pattern]:
    """Patterns that explain every wrong row together; none where something is left over.

    `right`: what they are compared with, where other mistakes are known already. Arrays of which some entries
    were not checked belong to no pattern.
    """
    rows = list(_rows(replay, found, replay.right if right is None else right))
    wrong = [row for row in rows if row.wrong]
    if not wrong or _partly_checked(replay):
        return []
    patterns: list[Pattern] = []
    explained: set[str] = set()
    for look in (_permuted, _swapped, _copied, _transposed, _scaled, _decayed, _clipped):
        for pattern in look([row for row in wrong if row.label not in explained], rows):
            patterns.append(pattern)
            explained |= pattern.rows
    return patterns if explained == {row.label for row in wrong} else []


def _partly_checked(replay: Replay) -> bool:
    """Whether of some gate, and not only of coupled forget gates, entries are missing."""
    for info in replay.infos:
        rows = replay.checked[info.name].reshape(info.rows, -1)
        if (rows.any(1) & ~rows.all(1)).any():
            return True
    return False


def _rows(replay: Replay, found: Arrays, all_right: Arrays) -> Iterator[Row]:
    for info in replay.infos:
        shape = (info.rows, *info.shape[1:]) if info.gates else (1, *info.shape)
        given, right, values = (
            arrays[info.name].reshape(shape) for arrays in (found, all_right, replay.case.arrays)
        )
        for row in range(info.rows):
            if replay.checked[info.name].reshape(info.rows, -1)[row].any():
                yield Row(info, row, given[row], right[row], values[row])


def _permuted(wrong: list[Row], rows: list[Row]) -> Iterator[Pattern]:
    """Gates of one array in each other's place."""
    for info, group in groupby(wrong, lambda row: row.info):
        mine = list(group)
        sources = {row.label: _source(row, [r for r in rows if r.info == info]) for row in mine}
        if len(mine) > 1 and all(sources.values()):
            moved = ", ".join(f"{row.info.gates[row.row]} ← {sources[row.label][-1]}" for row in mine)
            yield Pattern(
                "gates-permuted",
                f"gates of {info.name} are in each other's place: {moved}",
                f"d_{info.block} with gates {moved}",
                f"d_{info.block} with gates {info.gates}",
                frozenset(sources),
            )


def _source(row: Row, rows: list[Row]) -> str:
    """The label of another row whose right gradient this one shows, or nothing."""
    labels = [other.label for other in rows if other.label != row.label and _shows(row, other.right)]
    return labels[0] if len(labels) == 1 else ""


def _shows(row: Row, right: Floats) -> bool:
    return row.found.size > 1 and bool(right.any()) and same(row.found, right)


def _swapped(wrong: list[Row], rows: list[Row]) -> Iterator[Pattern]:
    """Gates of different arrays in each other's place."""
    sources = {row.label: _source(row, rows) for row in wrong}
    for label, source in sources.items():
        if source and sources.get(source) == label and label < source:
            yield Pattern(
                "blocks-swapped",
                f"the gradients of {label} and {source} are in each other's place",
                f"d_{source} as d_{label}",
                "each as its own",
                frozenset((label, source)),
            )


def _copied(wrong: list[Row], rows: list[Row]) -> Iterator[Pattern]:
    """Gates that have the gradient of another one."""
    sources = {row.label: source for row in wrong if (source := _source(row, rows))}
    if sources:
        yield Pattern(
            "copied-gate",
            ", ".join(f"{label} has the gradient of {source}" for label, source in sources.items()),
            ", ".join(f"d_{label} = d_{source}" for label, source in sources.items()),
            "each its own",
            frozenset(sources),
        )


def _transposed(wrong: list[Row], rows: list[Row]) -> Iterator[Pattern]:
    for row in wrong:
        matrix = row.right
        if matrix.ndim == 2 and min(matrix.shape) > 1 and same(row.found.ravel(), matrix.T.ravel()):
            yield Pattern(
                "transposed",
                f"the gradient of {row.label} is transposed",
                f"d_{row.label}ᵀ",
                f"d_{row.label}",
                frozenset((row.label,)),
            )


def _scaled(wrong: list[Row], rows: list[Row]) -> Iterator[Pattern]:
    """Rows that are a constant times what they should be, those with one factor together."""
    factors = {row.label: _factor(row) for row in wrong}
    left = [row for row in wrong if np.isfinite(factors[row.label])]
    while left:
        factor = factors[left[0].label]
        mine = [row for row in left if abs(factors[row.label] - factor) <= SAME * abs(factor)]
        left = [row for row in left if row not in mine]
        if sum(np.count_nonzero(row.right) for row in mine) >= ENTRIES_PER_FACTOR:
            names = ", ".join(_blocks(mine))
            number = f"{factor:.12g}"
            yield Pattern(
                "scaled-parameter",
                f"{names}: {number} times the right gradient{': it is zero' if factor == 0 else ''}",
                f"{number} · gradient",
                "gradient",
                frozenset(row.label for row in mine),
            )


def _factor(row: Row) -> float:
    """The factor from right to found; NaN where there is none."""
    square = float((row.right**2).sum())
    factor = float((row.found * row.right).sum()) / square if square else np.nan
    close = np.abs(row.found - factor * row.right).max() <= SAME * np.abs(row.right).max() * max(
        1, abs(factor)
    )
    return factor if close else np.nan


def _blocks(rows: list[Row]) -> list[str]:
    """`W_l0`, or `W_l0 (i f)` where not all gates are concerned."""
    names = []
    for info, group in groupby(rows, lambda row: row.info):
        letters = [info.gates[row.row] for row in group] if info.gates else []
        names.append(info.name if len(letters) in (0, info.rows) else f"{info.name} ({' '.join(letters)})")
    return names


def _decayed(wrong: list[Row], rows: list[Row]) -> Iterator[Pattern]:
    """Rows to which a constant times the parameter was added, those with one factor together."""
    factors = {row.label: _decay(row) for row in wrong if row.info.layer is not None}
    for factor in dict.fromkeys(round(each, 12) for each in factors.values() if np.isfinite(each)):
        mine = [row for row in wrong if abs(factors.get(row.label, np.nan) - factor) <= SAME]
        names, number = ", ".join(_blocks(mine)), f"{factor:.6g}"
        yield Pattern(
            "weight-decay-added",
            f"{number} times the parameter is added to the gradient of {names}",
            f"gradient + {number} · parameter",
            "gradient",
            frozenset(row.label for row in mine),
        )


def _decay(row: Row) -> float:
    """The factor of the parameter in what is too much; NaN where it is something else."""
    extra = row.found - row.right
    factor = float((extra * row.value).sum() / (row.value**2).sum()) if row.value.any() else np.nan
    close = np.abs(extra - factor * row.value).max() <= SAME * np.abs(row.found).max()
    return factor if close and row.value.size > 1 else np.nan


def _clipped(wrong: list[Row], rows: list[Row]) -> Iterator[Pattern]:
    """Entries above a limit that were set to it, those with one limit together."""
    left = sorted(wrong, key=lambda row: -_largest(row))
    while left:
        limit = _largest(left[0])
        mine = [row for row in left if limit and same(row.found, np.clip(row.right, -limit, limit))]
        reached = sum(int((np.abs(row.found) >= limit * (1 - MATCH)).sum()) for row in mine)
        if reached >= ENTRIES_PER_FACTOR:
            labels = {row.label for row in mine}
            names = ", ".join(_blocks([row for row in wrong if row.label in labels]))
            yield Pattern(
                "clipped-inside",
                f"the gradient{'s'[: len(mine) > 1]} of {names} {'are' if len(mine) > 1 else 'is'} clipped at"
                f" {limit:.6g}",
                f"clip(gradient, −{limit:.6g}, {limit:.6g})",
                "gradient",
                frozenset(labels),
            )
        left = [row for row in left if _largest(row) < limit and row not in mine]


def _largest(row: Row) -> float:
    return float(np.abs(row.found).max())
