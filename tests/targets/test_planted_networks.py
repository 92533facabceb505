"""Wrong gradients of networks with layers, both directions and lengths are caught, and get their names."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from network_targets import NETWORK, SIZES
from planted_networks import PLANTS, SOURCES, planted
from target_checks import checked, configured, functions
from wrong_gradients import diagnosed, is_caught

from lstmcheck.arrays.make_case import make_case
from lstmcheck.judge.results import Report
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.cell import CellKey
from lstmcheck.lstm.parameters import array_name
from lstmcheck.lstm.types import Arrays
from lstmcheck.mistakes.catalogue import CATALOGUE
from lstmcheck.mistakes.diagnosis.in_some_cells import in_cells
from lstmcheck.targets.target import open_target

pytestmark = pytest.mark.usefixtures("no_line_is_looked_for")

ONE_DIRECTION = {"lstm__num_layers": 3, "lstm__bidirectional": False}
NAMED = {
    "plain": """direction not added; upper bias; middle layer; overwritten; output mask; mask of d_y;
        h forgotten; no mask; neighbours; detached; d_y not turned; carry of c; reverse carry of c;
        bias of one cell""",
    "loss": """direction not added; c forgotten; reverse in padding; sorted; lower states; exchanged;
        d_x not turned""",
}
"""Some: it takes a hundred backward passes to name one."""


@cache
def right(protocol: str, middle: bool) -> Report:
    """The report of a network without a mistake, with every entry; `middle`: whether it has such a layer."""
    chosen = settings(middle) | {"check__reference": "complex"}
    with TemporaryDirectory() as folder:
        report = checked(Path(folder), SOURCES[protocol], protocol, **chosen)
    assert not report.count("failed")
    return report


def settings(middle: bool) -> dict[str, Any]:
    return SIZES | (ONE_DIRECTION if middle else {})


def gradients(folder: Path, protocol: str, text: str, middle: bool) -> Arrays:
    """Those that the target returns."""
    config = configured(folder, text, protocol, **settings(middle))
    target = open_target(config, functions(folder / "mine.py", protocol))
    ran = target.session.forward(target.inputs)
    return target.session.backward(target.upstream(ran), ran).arrays


@pytest.mark.parametrize("name", PLANTS)
def test_a_plant_has_the_gradients_of_the_mistake_that_it_is_named_after(name: str, tmp_path: Path) -> None:
    plant = PLANTS[name]
    middle = plant.mistake == "middle-layer-lost"
    case = make_case(configured(tmp_path, NETWORK, **settings(middle)))
    mistake = CATALOGUE[plant.mistake]
    if plant.cells:
        mistake = in_cells(
            mistake, "some", frozenset(key for key in case.spec.cells if _name(key) in plant.cells)
        )
    wrong = case.gradients(mistake.backward)
    for array, found in gradients(tmp_path, "plain", planted("plain", name), middle).items():
        assert np.abs(found - wrong[array]).max() <= rounding(case) * np.abs(case.right[array]).max()


def _name(key: CellKey) -> str:
    return array_name("", *key)[1:]


def rounding(case: Case) -> float:
    """One ε for every rounding along the longest chain through time and layers, and every term of a sum."""
    T, B, D = case.arrays["x"].shape
    H, layers = case.spec.hidden_size, case.spec.num_layers
    return float(np.finfo(float).eps * (T * layers * (4 * H + 2 * H + D + 10) + T * B))


@pytest.mark.parametrize(
    ("protocol", "name"),
    [(protocol, name.strip()) for protocol, names in NAMED.items() for name in names.split(";")],
)
def test_a_planted_mistake_is_caught_and_named(protocol: str, name: str, tmp_path: Path) -> None:
    plant = PLANTS[name]
    middle = plant.mistake == "middle-layer-lost"
    report, found = right(protocol, middle), gradients(tmp_path, protocol, planted(protocol, name), middle)
    assert is_caught(report, found)
    suspects = diagnosed(report, found).suspects
    assert [(each.mistake, each.cells) for each in suspects] == [(plant.mistake, plant.cells)]


def test_mistakes_are_named_where_the_loss_reads_the_last_h_beside_y(tmp_path: Path) -> None:
    """What of the last output's gradient arrives as d_h cannot be measured, and these treat it otherwise."""
    sources = {
        name: planted("loss", name).replace("LAST = 0", "LAST = 1") for name in ("output mask", "sorted")
    }
    text = SOURCES["loss"].replace("LAST = 0", "LAST = 1")
    report = checked(tmp_path, text, "loss", **settings(False) | {"check__reference": "complex"})
    assert not report.count("failed")
    for name, source in sources.items():
        found = gradients(tmp_path, "loss", source, False)
        assert is_caught(report, found)
        suspects = diagnosed(report, found).suspects
        assert [suspect.mistake for suspect in suspects] == [PLANTS[name].mistake]
