"""Which entries of failing gates are wrong, in a sentence and in pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lstmcheck.judge.results import GateResult, Report
from lstmcheck.judge.verdict import Verdict
from lstmcheck.judge.wrong_entries import WrongEntries, flat_shape, part_shape
from lstmcheck.report.picture import Picture, Pictures
from lstmcheck.report.run.words import by_array

CELL = ("unit", "column")
AXES = {
    "W": CELL,
    "U": CELL,
    "R": ("row", "column"),
    "x": ("step", "sequence", "column"),
    "h0": ("cell", "sequence", "unit"),
    "c0": ("cell", "sequence", "unit"),
}
"""What the axes of a gate are called; those of biases and peepholes are units."""
NEARLY_ALL = 0.9
"""Share of entries that are as good as all: a small one beside large ones may be within the tolerance."""
FEW = 4
"""Positions that are listed one by one."""
MOST_GROUPS, MOST_PICTURES = 6, 2
ORDINALS = {2: "second", 3: "third", 4: "fourth"}


def axes_of(gate: GateResult) -> tuple[str, ...]:
    """The names of its axes, in their order."""
    return AXES.get(gate.info.block, ("unit",))


def sentence(report: Report) -> str | None:
    """`Wrong entries: all of U_l0 (i f g o); column 0 of W_l0 (f).`; None where nothing is known of them."""
    alike: dict[str, list[GateResult]] = {}
    for gate in report.blocks:
        if gate.wrong is not None and gate.total > 1:
            alike.setdefault(describe(gate, gate.wrong), []).append(gate)
    groups = [f"{what} of {by_array(gates)}" for what, gates in alike.items()]
    if len(groups) == 1 and len(*alike.values()) == _failing(report) > 1:
        return f"Wrong entries in each: {next(iter(alike))}."
    if len(groups) > MOST_GROUPS:
        groups[MOST_GROUPS:] = [f"others of {len(groups) - MOST_GROUPS} more gates"]
    return f"Wrong entries: {'; '.join(groups)}." if groups else None


def _failing(report: Report) -> int:
    return sum(gate.verdict == Verdict.FAIL for gate in report.blocks)


def describe(gate: GateResult, wrong: WrongEntries) -> str:
    """`all`, `units 3 and 7`, `column 0`, `steps 1 to 3, every second sequence`."""
    if wrong.count >= NEARLY_ALL * gate.total:
        return "all" if wrong.count == gate.total else "nearly all"
    axes = zip(axes_of(gate), wrong.positions, gate.shape, strict=True)
    lines = ", ".join(_positions(name, at, n) for name, at, n in axes if len(at) < n)
    if wrong.share_of_lines >= NEARLY_ALL:
        return lines
    among = f" ({lines})" if lines else ""
    return f"{wrong.count:,} of {gate.total:,}{among}"


def _positions(name: str, at: Sequence[int], length: int) -> str:
    """Some of the positions along an axis."""
    first, last = at[0], at[-1]
    missing = sorted({*range(length)} - {*at})
    if len(at) == 1:
        return f"{name} {first}"
    for stride, ordinal in ORDINALS.items():
        if list(at) == list(range(first, length, stride)) and first < stride and len(at) > 2:
            return f"every {ordinal} {name}" + (f" from {first}" if first else "")
    if len(at) == last - first + 1 > 2:
        return f"{name}s {first} to {last}"
    if len(at) <= FEW:
        return f"{name}s {_listed(at)}"
    if len(missing) <= FEW // 2:
        return f"all {name}s but {_listed(missing)}"
    return f"{len(at)} of {length} {name}s"


def _listed(numbers: Sequence[int]) -> str:
    *others, last = map(str, numbers)
    return f"{', '.join(others)} and {last}" if others else last


def pictures(report: Report) -> Iterator[Pictures]:
    """Of the first gates that are wrong in some of their entries, each in others."""
    drawn: dict[str, Picture] = {}
    for gate in report.blocks:
        wrong = gate.wrong
        if wrong is not None and 1 < wrong.count < NEARLY_ALL * gate.total:
            drawn.setdefault(describe(gate, wrong), _picture(gate, wrong))
    if drawn:
        yield Pictures(tuple(drawn.values())[:MOST_PICTURES])


def _picture(gate: GateResult, wrong: WrongEntries) -> Picture:
    axes = zip(gate.shape, axes_of(gate), strict=True)
    sizes = " by ".join(f"{n} {name}s" for n, name in axes if n > 1)
    height, width = part_shape(gate.shape)
    joined = f", {height} by {width} entries a sign" if height * width > 1 else ""
    return Picture(f"{gate.label}: {sizes}{joined}", wrong.errors, height, flat_shape(gate.shape)[0])
