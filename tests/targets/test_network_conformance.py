"""A forward pass of a network that is not ours: in which cells that begins, and what it is instead."""

from __future__ import annotations

from pathlib import Path

import pytest
from network_targets import NETWORK, QUICK, changed
from target_checks import configured, functions

from lstmcheck.judge.target_answers import Conformance
from lstmcheck.judge.verdict import Verdict
from lstmcheck.targets.conformance import conformance
from lstmcheck.targets.target import open_target

GATES = "z_i, z_f, z_g, z_o = np"
MASK = "inside = np.arange(len(x))[:, None, None] < lengths[:, None]"
CELL = "            k = len(caches)\n"
UPPER_STATES_ZERO = "            h0, c0 = h0 * (k < 2), c0 * (k < 2)\n"
BESIDE = "np.concatenate(ys, "
STATES = "return x, np.stack(h_T), np.stack(c_T), "

VARIANTS = {
    "the gates are i g f o": ((GATES, "z_i, z_g, z_f, z_o = np"),),
    "lengths is not read": ((MASK, "inside = np.ones((len(x), len(lengths), 1), bool)"),),
    "past a sequence's end y alone is masked: h and c go on": (
        ("h = np.where(inside[t], o * np.tanh(c_t), h_prev)", "h = o * np.tanh(c_t)"),
        ("c = np.where(inside[t], c_t, c_prev)", "c = c_t"),
    ),
    "past a sequence's end h is 0": (("np.tanh(c_t), h_prev)", "np.tanh(c_t), 0)"),),
    "past a sequence's end c is 0": (("c_t, c_prev)", "c_t, 0)"),),
    "past a sequence's end y repeats its last output": (("y[t] = np.where(inside[t], h, 0)", "y[t] = h"),),
    "the reverse direction starts in the padding, and puts out what it computes there": (
        (CELL, f'{CELL}            {MASK} + 9 * cell.endswith("reverse")\n'),
    ),
    "each sequence has the length of its neighbour": (
        (MASK, MASK.replace("lengths", "np.roll(lengths, 1)")),
    ),
    "the last h and c come in the order of falling lengths": (
        (
            STATES,
            "s = np.argsort(-lengths)\n    return x, np.stack(h_T)[:, s], np.stack(c_T)[:, s], ",
        ),
    ),
    "h0 and c0 are read by the first layer only": (
        (CELL, f"{CELL}            h0, c0 = h0 * (k < 2), c0 * (k < 2)\n"),
    ),
    "the cells of h_T and c_T come in the order of direction, then layer": (
        (STATES, "return x, np.stack(h_T)[[0, 2, 1, 3]], np.stack(c_T)[[0, 2, 1, 3]], "),
    ),
    "the reverse direction runs forwards": (("order = times[::-1] if", "order = times if"),),
    "y has the reverse direction first": (
        (STATES, "return np.roll(x, 2, 2), np.stack(h_T), np.stack(c_T), "),
    ),
    "what a layer hands on has the reverse direction first": (
        ("np.concatenate(ys, ", "np.concatenate(ys[::-1], "),
    ),
    "in layer 1 b is not added": ((CELL, f"{CELL}            b = b * (k < 2)\n"),),
    "in the reverse direction there is no output tanh": (
        ("o * np.tanh(c_t), h_prev)", "o * (c_t if times[0] else np.tanh(c_t)), h_prev)"),
    ),
    "in the forward direction of layer 1 U of each gate is transposed": (
        (CELL, f"{CELL}            U = np.concatenate([u.T for u in np.split(U, 4)]) if k == 2 else U\n"),
    ),
}
"""By what they are called: replacements in the source."""


def answer(folder: Path, text: str, *, explain: bool = True, **settings: object) -> Conformance:
    config = configured(folder, text, **(QUICK | settings))
    target = open_target(config, functions(folder / "mine.py", "plain"))
    found = conformance(target, target.session.forward(target.inputs), config.seed, explain=explain)
    assert found is not None
    return found


@pytest.mark.parametrize("words", VARIANTS)
def test_another_network_is_named(words: str, tmp_path: Path) -> None:
    found = answer(tmp_path, changed(*VARIANTS[words]))
    assert found.verdict == Verdict.FAIL
    assert [match.changes for match in found.matches] == [(words,)]


PLACES = {
    "first in layer 0, where h_T[0, 0, 0] is ": "True",
    "first in layer 1, where h_T[2, 0, 0] is ": "k >= 2",
    "first in the reverse direction of layer 0, where h_T[1, 0, 0] is ": "k == 1",
    "first in the forward direction of layer 1, where h_T[2, 0, 0] is ": "k == 2",
}


@pytest.mark.parametrize("place", PLACES)
def test_the_first_cells_that_differ_are_told(place: str, tmp_path: Path) -> None:
    found = answer(
        tmp_path, changed((CELL, f"{CELL}            b = b + 0.1 * ({PLACES[place]})\n")), explain=False
    )
    assert found.where is not None
    assert found.where.startswith(place)


def test_an_output_that_differs_alone_is_told_as_such(tmp_path: Path) -> None:
    found = answer(tmp_path, changed((STATES, f"x[0, 2, 3] += 1\n    {STATES}")))
    assert found.where is not None
    assert found.where.startswith("the last states of all cells are, but y[0, 2, 3] is ")


def test_what_shows_later_only_is_not_looked_for(tmp_path: Path) -> None:
    later = changed((STATES, f"x[4:] += 1\n    {STATES}"))
    found = answer(tmp_path, later, sequence__length=5, sequence__lengths="[5, 1, 2]")
    assert found.note == "with T=3 and B=2 its outputs are ours: no explanation was looked for"


def test_a_right_network_conforms(tmp_path: Path) -> None:
    found = answer(tmp_path, NETWORK)
    assert found.verdict == Verdict.PASS
    assert found.max_error <= found.allowed
