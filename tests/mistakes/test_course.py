"""A course's published gradients: the later ones are right, and those of 2018 have a name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mistake_cases import config_of

from lstmcheck.lstm.case import Case
from lstmcheck.lstm.loss import Loss
from lstmcheck.lstm.spec import LstmSpec
from lstmcheck.lstm.types import Floats, Numbers
from lstmcheck.mistakes.catalogue import applicable
from lstmcheck.mistakes.diagnosis.explanation import Explanation, best_group, residual
from lstmcheck.mistakes.diagnosis.replay import Replay
from lstmcheck.tolerances.diagnosis import MATCH

COURSE: dict[str, Any] = json.loads((Path(__file__).parent / "course_2018.json").read_text())
D, H, BATCH, STEPS = 3, 5, 10, 4
DRAWN_IN_ORDER = "fioc"
ROWS = {"i": 0, "f": 1, "c": 2, "o": 3}

Entry = tuple[str, tuple[int, ...]]
"""Array and index of one of our gradients."""


def _case() -> Case:
    """The course's own numbers: seven steps are drawn, and four are differentiated."""
    draw = np.random.RandomState(1).randn
    x, a0 = draw(D, BATCH, 7), draw(H, BATCH)
    W, U, b = np.empty((4, H, D)), np.empty((4, H, H)), np.empty((4, H))
    for gate in DRAWN_IN_ORDER:
        joined, bias = draw(H, H + D), draw(H, 1)
        row = ROWS[gate]
        U[row], W[row], b[row] = joined[:, :H], joined[:, H:], bias[:, 0]
    d_a = draw(H, BATCH, STEPS)
    arrays = {"W_l0": W, "U_l0": U, "b_l0": b, "x": x.transpose(2, 1, 0)[:STEPS], "h0": a0.T[None]}
    return Case(
        LstmSpec(D, H),
        arrays | {"c0": np.zeros((1, BATCH, H))},
        Loss("projection", {"y": d_a.transpose(2, 1, 0)}),
    )


def _entries() -> dict[str, list[Entry]]:
    """Where each published number is in our arrays. The course has the weights of [a_prev, x] joined."""
    weights: dict[str, list[Entry]] = {}
    for gate, row, column in (("f", 3, 1), ("i", 1, 2), ("c", 3, 1), ("o", 1, 2)):
        weights[f"dW{gate}[{row}][{column}]"] = [("U_l0", (ROWS[gate], row, column))]
        weights[f"db{gate}[4]"] = [("b_l0", (ROWS[gate], 4))]
    x: list[Entry] = [("x", (t, 2, 1)) for t in range(STEPS)]
    return {"dx[1][2]": x, "da0[2][3]": [("h0", (0, 3, 2))], **weights}


def _replay() -> Replay:
    case = _case()
    checked = {info.name: np.zeros(info.shape, bool) for info in case.infos}
    for entries in _entries().values():
        for name, index in entries:
            checked[name][index] = True
    config = config_of(
        {
            "lstm": {"input_size": D, "hidden_size": H},
            "sequence": {"length": STEPS, "batch": BATCH, "initial_state": "zero"},
            "loss": {"on": ["outputs"]},
        }
    )
    return Replay(config, case, checked)


def _published(table: str, replay: Replay) -> Floats:
    """The published numbers as one vector, as the replay has its gradients."""
    arrays: dict[str, Numbers] = {info.name: np.zeros(info.shape) for info in replay.infos}
    for name, entries in _entries().items():
        for (array, index), value in zip(entries, np.ravel(COURSE[table][name]), strict=True):
            arrays[array][index] = value
    return replay.flat(arrays)


def test_the_numbers_published_later_are_right() -> None:
    replay = _replay()
    assert _published("expected", replay) == pytest.approx(replay.flat_right, rel=1e-8)


def test_those_of_2018_are_a_backward_pass_without_recurrence() -> None:
    replay = _replay()
    wanted = _published("published in 2018", replay) - replay.flat_right
    mistakes = applicable(replay.config)
    found = [Explanation((m,), residual(wanted, replay.difference(m.backward))) for m in mistakes]
    (best,) = best_group(found)
    assert best.mistakes[0].id == "no-recurrence"
    assert best.residual < MATCH
    assert sorted(each.residual for each in found)[1] > 0.01
