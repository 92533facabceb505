"""The topic of layers and directions, against a network that shares no code with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from independent_network import loss_of

from lstmcheck.arrays.make_case import make_case
from lstmcheck.config import load
from lstmcheck.explain.focus import make_focus
from lstmcheck.explain.layers import layer_numbers

CONFIGS = Path(__file__).parents[2] / "configs"
EXACT = 1e-11
"""Both sides round a few hundred times at 1e-16 each."""


@pytest.mark.parametrize(
    ("name", "overrides"),
    [
        ("deep-bidirectional", ["loss.on=[outputs,hidden,cell]"]),
        ("padded", []),
        ("padded", ["lstm.num_layers=2"]),
        ("two-biases", ["lstm.num_layers=2", "lstm.bidirectional=false"]),
        ("one-neuron", []),
        ("small", ["sequence.length=11"]),
    ],
)
def test_what_is_read_has_the_gradients_of_all_its_readers(name: str, overrides: list[str]) -> None:
    case = make_case(load(CONFIGS / f"{name}.yaml", overrides=overrides))
    focus = make_focus(case)
    found = layer_numbers(focus)
    layer, width = min(1, case.spec.num_layers - 1), case.spec.directions * case.spec.output_size
    assert found.readers == tuple(key for key in case.spec.cells if key[0] == layer)
    assert {0, focus.end - 1} <= {at.t for at in found.steps}
    for at in found.steps:
        push = 1e-40j * np.eye(width if layer else case.spec.input_size)[0]
        moved = [{(*key, at.t): push} for key in found.readers]
        parts = [loss_of(case, focus.b, each).imag / 1e-40 for each in moved]
        together = {key: value for each in moved for key, value in each.items()}
        whole = loss_of(case, focus.b, together).imag / 1e-40
        assert at.parts == pytest.approx(parts, rel=EXACT, abs=EXACT)
        assert at.measured_parts == pytest.approx(parts, rel=EXACT, abs=EXACT)
        assert (at.whole, at.measured) == pytest.approx((whole, whole), rel=EXACT, abs=EXACT)
