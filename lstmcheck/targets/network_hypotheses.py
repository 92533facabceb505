"""What a network of several cells, or one with lengths, may be instead of ours.

Some cells of it may be what a single one may be; its directions may run and be put together otherwise; and
where sequences have ended it may do otherwise than carry h and c.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np

from lstmcheck.lstm.case import Case
from lstmcheck.lstm.cell import CellKey
from lstmcheck.lstm.cell_names import Cells, places
from lstmcheck.lstm.forward import CellRun, Outputs, Step, carried
from lstmcheck.lstm.spec import LstmSpec
from lstmcheck.lstm.types import Numbers
from lstmcheck.targets.hypotheses import Alternative
from lstmcheck.targets.hypothesis import Hypothesis, Mask, States


def network_alternatives(probe: Case) -> Iterator[Alternative]:
    """Single changes that a cell on its own, over whole sequences, has no room for."""
    if probe.lengths is not None:
        yield from _masks(probe.spec)
        yield from _orders_of_sequences(probe)
    if len(probe.spec.cells) > 1:
        yield from _orders_of_cells(probe.spec)
        yield from _first_states(probe)
    if probe.spec.bidirectional:
        yield from _directions(probe)


def in_some_cells(alternatives: Iterable[Alternative], probe: Case) -> Iterator[Alternative]:
    """What can be so in one layer, one direction, or one cell only: each alternative, and masks."""
    spec = probe.spec
    if probe.lengths is not None:
        yield from _masks_in_some_cells(spec)
    for each in alternatives:
        if each.by_cell:
            for place, cells in places(spec).items():
                yield _only_in(each, f"in {place}", cells)


def _only_in(each: Alternative, place: str, cells: Cells) -> Alternative:
    def change(old: Hypothesis) -> Hypothesis:
        return replace(each.change(old), where=cells)

    return Alternative(each.dimension, f"{place} {each.words}", change)


# Where sequences have ended.


def _goes_on(s: Step) -> States:
    return s.h, s.c, _inside(s, s.h)


def _is_not_masked(s: Step) -> States:
    return s.h, s.c, s.h


def _forgets_h(s: Step) -> States:
    return _inside(s, s.h), carried(s.valid, s.c, s.c_prev), _inside(s, s.h)


def _forgets_c(s: Step) -> States:
    return carried(s.valid, s.h, s.h_prev), _inside(s, s.c), _inside(s, s.h)


def _forgets_both(s: Step) -> States:
    return _inside(s, s.h), _inside(s, s.c), _inside(s, s.h)


def _repeats(s: Step) -> States:
    h = carried(s.valid, s.h, s.h_prev)
    return h, carried(s.valid, s.c, s.c_prev), h


def _inside(s: Step, value: Numbers) -> Numbers:
    """A value of a step, 0 past the sequence's end."""
    return carried(s.valid, value, np.zeros_like(value))


MASKS: dict[str, Mask] = {
    "past a sequence's end y alone is masked: h and c go on": _goes_on,
    "past a sequence's end h and c are 0": _forgets_both,
    "past a sequence's end h is 0": _forgets_h,
    "past a sequence's end c is 0": _forgets_c,
    "past a sequence's end y repeats its last output": _repeats,
}


IN_SOME_CELLS = {**MASKS, "lengths is not read": _is_not_masked}
STARTING_IN_THE_PADDING: dict[str, Mask] = {
    "the reverse direction starts in the padding": _goes_on,
    "the reverse direction starts in the padding, and puts out what it computes there": _is_not_masked,
}


def _masks(spec: LstmSpec) -> Iterator[Alternative]:
    """What may be done past the ends of sequences, everywhere, then in some cells."""
    yield Alternative(
        "lengths", "lengths is not read", lambda old: replace(old, case=replace(old.case, lengths=None))
    )
    for words, mask in MASKS.items():
        yield _masked(words, mask, spec.cells)
    reverse = frozenset(key for key in spec.cells if key[1])
    for words, mask in STARTING_IN_THE_PADDING.items() if reverse else ():
        yield _masked(words, mask, reverse)


def _masks_in_some_cells(spec: LstmSpec) -> Iterator[Alternative]:
    """The same in one layer, one direction, or one cell only."""
    for place, cells in places(spec).items():
        for words, mask in IN_SOME_CELLS.items():
            yield _masked(f"in {place} {words}", mask, cells)


def _masked(words: str, mask: Mask, cells: Iterable[CellKey]) -> Alternative:
    masks = dict.fromkeys(cells, mask)
    return Alternative("lengths", words, lambda old: replace(old, masks=masks))


def _orders_of_sequences(probe: Case) -> Iterator[Alternative]:
    """Sequences that are sorted by their lengths, as packing does, or take those of others."""
    lengths = probe.lengths
    assert lengths is not None

    def of_neighbours(old: Hypothesis) -> Hypothesis:
        return replace(old, case=replace(old.case, lengths=np.roll(lengths, 1)))

    yield Alternative("lengths", "each sequence has the length of its neighbour", of_neighbours)
    falling = np.argsort(-lengths, kind="stable")
    words = "the last h and c come in the order of falling lengths"
    yield _rearranged(
        "sorted states", words, lambda q: q._replace(h_T=q.h_T[:, falling], c_T=q.c_T[:, falling])
    )
    yield _with_states("h0 and c0 are read in the order of falling lengths", lambda q: q[:, falling])


# How cells are put together.


def _orders_of_cells(spec: LstmSpec) -> Iterator[Alternative]:
    cells = list(spec.cells)
    if spec.bidirectional and spec.num_layers > 1:
        order = sorted(range(len(cells)), key=lambda k: cells[k][1])
        back = np.argsort(order)
        words = "the cells of h_T and c_T come in the order of direction, then layer"
        yield _rearranged("order of cells", words, lambda q: q._replace(h_T=q.h_T[order], c_T=q.c_T[order]))
        yield _with_states(
            "the cells of h0 and c0 are read in the order of direction, then layer", lambda q: q[back]
        )
    turned = list(reversed(range(len(cells))))
    words = "the cells of h_T and c_T come in the reverse order"
    yield _rearranged("order of cells", words, lambda q: q._replace(h_T=q.h_T[turned], c_T=q.c_T[turned]))


def _first_states(probe: Case) -> Iterator[Alternative]:
    cells = probe.spec.cells
    upper = [k for k, key in enumerate(cells) if key[0] > 0]
    if upper:
        yield _with_states("h0 and c0 are read by the first layer only", lambda q: _zeros_at(q, upper))
    reverse = [k for k, key in enumerate(cells) if key[1]]
    if reverse:
        yield _with_states(
            "h0 and c0 are read by the forward direction only", lambda q: _zeros_at(q, reverse)
        )
    yield _with_states("every cell reads the h0 and c0 of the first", lambda q: q[[0] * len(cells)])


def _zeros_at(states: Numbers, cells: list[int]) -> Numbers:
    changed = states.copy()
    changed[cells] = 0
    return changed


def _with_states(words: str, change: Callable[[Numbers], Numbers]) -> Alternative:
    def apply(old: Hypothesis) -> Hypothesis:
        states = {name: change(old.case.arrays[name]) for name in ("h0", "c0")}
        return replace(old, case=replace(old.case, arrays={**old.case.arrays, **states}))

    return Alternative("first states", words, apply)


def _rearranged(dimension: str, words: str, change: Callable[[Outputs], Outputs]) -> Alternative:
    return Alternative(dimension, words, lambda old: replace(old, arranged=change))


def _directions(probe: Case) -> Iterator[Alternative]:
    P = probe.spec.output_size
    words = "the reverse direction runs forwards"
    yield Alternative("directions", words, lambda old: replace(old, reverse_runs_forwards=True))
    words = "the outputs of the reverse direction stay in the order in which they are computed"
    yield Alternative("directions", words, lambda old: replace(old, turn=_not_turned_back))
    words = "h_T and c_T of the reverse direction are those of step T−1, where it begins"
    yield Alternative("directions", words, lambda old: replace(old, turn=_at_the_last_step))
    words = "y has the reverse direction first"
    yield _rearranged("order of directions", words, lambda q: q._replace(y=np.roll(q.y, P, axis=-1)))
    if probe.spec.num_layers > 1:
        words = "what a layer hands on has the reverse direction first"
        yield Alternative("order of directions", words, _reverse_first)


def _not_turned_back(key: CellKey, run: CellRun) -> CellRun:
    return run._replace(y=run.y[::-1]) if key[1] else run


def _at_the_last_step(key: CellKey, run: CellRun) -> CellRun:
    if not key[1]:
        return run
    s = run.steps[0]
    return run._replace(h_T=carried(s.valid, s.h, s.h_prev), c_T=carried(s.valid, s.c, s.c_prev))


def _reverse_first(old: Hypothesis) -> Hypothesis:
    """The columns of the layers above, and of y, are those of the other direction."""
    spec, arrays = old.case.spec, dict(old.case.arrays)
    for name in arrays:
        if name.startswith("W_l") and not name.startswith("W_l0"):
            arrays[name] = np.roll(arrays[name], spec.output_size, axis=-1)
    return replace(
        old,
        case=replace(old.case, arrays=arrays),
        arranged=lambda q: q._replace(y=np.roll(q.y, spec.output_size, axis=-1)),
    )
