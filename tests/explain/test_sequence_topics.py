"""The topics of pieces and of short sequences, against a network that shares no code with them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from independent import Sequence
from independent_network import loss_of

from lstmcheck.arrays.make_case import make_case
from lstmcheck.config import load
from lstmcheck.explain.blocks import Sentences, Table
from lstmcheck.explain.derivation import derive
from lstmcheck.explain.focus import make_focus
from lstmcheck.explain.masks import mask_numbers
from lstmcheck.explain.total import total_numbers
from lstmcheck.explain.truncation import WholeAndPieces, truncation_numbers
from lstmcheck.lstm.case import Case

CONFIGS = Path(__file__).parents[2] / "configs"
EXACT = 1e-11
"""Both sides round a few hundred times at 1e-16 each."""


def case_of(name: str, *overrides: str) -> Case:
    return make_case(load(CONFIGS / f"{name}.yaml", overrides=overrides))


def along(case: Case, name: str, index: tuple[int, ...], b: int, cut: int | None = None) -> float:
    array = case.arrays[name].astype(complex)
    array[index] += 1e-40j
    return float(loss_of(replace(case, arrays={**case.arrays, name: array}), b, {}, cut=cut).imag / 1e-40)


@pytest.mark.parametrize(
    ("name", "overrides"),
    [
        ("one-neuron", []),
        ("small", []),
        ("small", ["sequence.length=2", "lstm.num_layers=2"]),
        ("padded", ["lstm.bidirectional=false"]),
        ("padded", ["lstm.bidirectional=false", "sequence.lengths=[3,1,4]"]),
    ],
)
def test_pieces_leave_out_what_later_pieces_say(name: str, overrides: list[str]) -> None:
    case = case_of(name, *overrides)
    focus = make_focus(case)
    found, batch = truncation_numbers(focus), range(focus.batch)

    def agree(seen: WholeAndPieces, whole: float, pieces: float) -> None:
        assert (seen.whole, seen.measured) == pytest.approx((whole, whole), rel=EXACT, abs=EXACT)
        assert (seen.pieces, seen.measured_pieces) == pytest.approx((pieces, pieces), rel=EXACT, abs=EXACT)

    for t, seen in found.inputs.items():
        whole, pieces = (along(case, "x", (t, focus.b, 0), focus.b, cut) for cut in (None, found.cut))
        agree(seen, whole, pieces)
        assert (whole == pieces) == (t >= found.cut)
    for gate, seen in found.weights.items():
        whole, pieces = (
            sum(along(case, "W_l0", (gate, 0, 0), b, cut) for b in batch) for cut in (None, found.cut)
        )
        agree(seen, whole, pieces)


@pytest.mark.parametrize(
    ("name", "overrides"),
    [
        ("one-neuron", []),
        ("small", []),
        ("padded", []),
        ("padded", ["sequence.length=11", "lstm.bidirectional=false"]),
        ("deep-bidirectional", ["sequence.lengths=[3,1]"]),
    ],
)
def test_the_filling_has_a_gradient_only_where_the_state_runs_on(name: str, overrides: list[str]) -> None:
    case = case_of(name, *overrides)
    found = mask_numbers(make_focus(case))
    short = replace(case, lengths=np.array(found.lengths))
    targets = {part: array.copy() for part, array in case.loss.targets.items()}
    targets["y"][found.end :, found.b] = 0
    running = replace(case, lengths=None, loss=replace(case.loss, targets=targets))
    assert found.made == (case.lengths is None)
    assert found.end == min(found.lengths) < len(case.arrays["x"])
    for at in found.steps:
        right = along(short, "x", (at.t, found.b, 0), found.b) if at.t < found.end else 0
        on = along(running, "x", (at.t, found.b, 0), found.b)
        assert (at.d_x, at.measured) == pytest.approx((right, right), rel=EXACT, abs=EXACT)
        assert (at.d_x_on, at.measured_on) == pytest.approx((on, on), rel=EXACT, abs=EXACT)
        assert at.t < found.end or (at.d_x == 0 and on != 0)


@pytest.mark.parametrize("name", ["one-neuron", "small"])
def test_a_state_stands_still(name: str) -> None:
    case = case_of(name)
    found = mask_numbers(make_focus(case))
    steps = Sequence(case, found.b).base
    for at in found.steps:
        still, on = (steps[t]["c"][0] for t in (min(at.t, found.end - 1), at.t))
        assert (at.c, at.c_on) == pytest.approx((still, on), rel=EXACT)


@pytest.mark.parametrize(
    ("topic", "overrides", "told", "tables"),
    [
        ("truncation", ["lstm.bidirectional=true"], "--set lstm.bidirectional=false", 0),
        ("truncation", ["sequence.length=1"], "--set sequence.length=6", 0),
        ("masks", ["sequence.length=1"], "--set sequence.length=5", 0),
        ("masks", [], '--set "sequence.lengths=[5, 5, 3]"', 1),
        ("masks", ["loss.on=[outputs]"], '--set "loss.on=[outputs,hidden,cell]"', 1),
        ("layers", [], "--set lstm.num_layers=2", 1),
        ("total", ["sequence.length=1"], "--set sequence.length=5", 0),
    ],
)
def test_what_cannot_be_shown_tells_how_it_could(
    topic: str, overrides: list[str], told: str, tables: int
) -> None:
    document = derive(case_of("small", *overrides), "small", topics=[topic])
    assert any(told in block.text for block in document if isinstance(block, Sentences))
    assert sum(isinstance(block, Table) for block in document) == tables
    option = told.removeprefix("--set ").strip('"')
    others = [each for each in overrides if each.split("=")[0] != option.split("=")[0]]
    shown = derive(case_of("small", *others, option), "small", topics=[topic])
    assert not any(told in block.text for block in shown if isinstance(block, Sentences))


@pytest.mark.parametrize(
    ("name", "overrides"),
    [
        ("one-neuron", []),
        ("small", ["sequence.length=2"]),
        ("peephole", []),
        ("coupled", []),
        ("projected", []),
        ("padded", ["lstm.bidirectional=false"]),
    ],
)
def test_a_cell_state_follows_the_one_before_in_two_ways(name: str, overrides: list[str]) -> None:
    case = case_of(name, *overrides)
    focus = make_focus(case)
    found, network = total_numbers(focus), Sequence(case, focus.b)
    unit, t = np.eye(case.spec.hidden_size)[0], found.t
    detour = network.new_h(t - 1, 0)
    for pair, push in (
        (found.partial, {("c", t): unit}),
        (found.detour, {("h", t): detour}),
        (found.total, {("c_new", t - 1): unit}),
    ):
        moved = network.run({key: 1e-40j * amount for key, amount in push.items()})[0][t]["c"]
        exact = np.asarray(moved.imag / 1e-40)[: len(pair.analytic)]
        assert pair.analytic == pytest.approx(exact, rel=EXACT, abs=EXACT)
        assert pair.measured == pytest.approx(exact, rel=EXACT, abs=EXACT)
