"""Parameters of a whole network: every cell by its own name, and nothing lost on the way there and back."""

from __future__ import annotations

import numpy as np
import pytest

from lstmcheck.conventions.network_layout import NetworkLayout
from lstmcheck.conventions.table import CONVENTIONS
from lstmcheck.lstm.parameters import draw_parameters
from lstmcheck.lstm.spec import LstmSpec

NETWORK = LstmSpec(2, 3, num_layers=2, bidirectional=True, proj_size=2)
CELL = LstmSpec(2, 3)


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("spec", [CELL, NETWORK], ids=["cell", "network"])
def test_what_is_written_is_read_again(convention: str, spec: LstmSpec) -> None:
    layout, ours = NetworkLayout(CONVENTIONS[convention], spec), draw_parameters(spec, 0)
    theirs = layout.write(ours)
    assert {name: array.shape for name, array in theirs.items()} == layout.shapes
    again = layout.read(theirs)
    assert again.keys() == ours.keys()
    # An offset is taken away and added: that rounds.
    assert all(
        np.allclose(again[name], array, rtol=0, atol=2 * np.finfo(float).eps * (1 + np.abs(array).max()))
        for name, array in ours.items()
    )


def test_a_single_cell_has_no_cells_in_its_names() -> None:
    assert list(NetworkLayout(CONVENTIONS["equinox"], CELL).shapes) == ["W", "U", "b"]


def test_cells_stand_behind_the_names_of_a_network() -> None:
    shapes = NetworkLayout(CONVENTIONS["torch"], NETWORK).shapes
    assert shapes["W_l0"] == (12, 2)
    assert shapes["W_l1_reverse"] == (12, 4)
    assert shapes["R_l0_reverse"] == (2, 3)
    separate = NetworkLayout(CONVENTIONS["flax"], NETWORK).shapes
    assert separate["U_o_l1_reverse"] == (2, 3)


def test_gates_that_are_missing_are_told_with_their_cell() -> None:
    layout = NetworkLayout(CONVENTIONS["flax"], NETWORK)
    theirs = layout.write(draw_parameters(NETWORK, 0))
    del theirs["U_o_l1_reverse"], theirs["b_i_l0"], theirs["W_i_l0_reverse"]
    found = layout.read_gradients(theirs)
    assert found.missing_gates == {"b_l0": "i", "W_l0_reverse": "i", "U_l1_reverse": "o"}
    assert not found.blocks["b_l0"][0].any()
