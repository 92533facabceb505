"""Every number that a derivation prints, against a forward pass that shares no code with the package."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from expected import Expected, numbers

from lstmcheck.arrays.make_case import make_case
from lstmcheck.config import load
from lstmcheck.explain.blocks import Document, Table, cell_text
from lstmcheck.explain.derivation import derive
from lstmcheck.explain.focus import make_focus

CONFIGS = Path(__file__).parents[2] / "configs"
RELATIVE = 1e-11
"""Both sides round a few hundred times at 1e-16 each; cancellation between terms costs some digits more."""


def tables(document: Document) -> list[Table]:
    return [block for block in document if isinstance(block, Table)]


def assert_all_numbers(name: str, time: int | None, notation: str = "seed", *overrides: str) -> None:
    case = make_case(load(CONFIGS / f"{name}.yaml", overrides=overrides))
    focus = make_focus(case, time)
    expected = Expected(case, focus.b, focus.t, notation)
    for table in tables(derive(case, name, time=time, notation=notation)):
        found, wanted = numbers(table), expected(table)
        assert [len(row) for row in found] == [len(row) for row in wanted], table.name
        for row, told, right in zip(table.rows, found, wanted, strict=True):
            # Of numbers that are told side by side, a small one may be the difference of large ones.
            scale = np.abs(wanted[0] + right).max()
            assert np.abs(np.subtract(told, right)).max(initial=0) <= RELATIVE * scale, (table.name, row)


@pytest.mark.parametrize("time", [1, 2, 3])
@pytest.mark.parametrize("notation", ["seed", "torch", "keras"])
def test_one_neuron(time: int, notation: str) -> None:
    assert_all_numbers("one-neuron", time, notation)


@pytest.mark.parametrize("name", ["small", "peephole", "coupled", "projected", "two-biases"])
@pytest.mark.parametrize("time", [1, None, 5])
def test_every_variant(name: str, time: int | None) -> None:
    assert_all_numbers(name, time, "torch")


@pytest.mark.parametrize("variant", ["lstm.peephole=true", "lstm.coupled=true", "lstm.bias=none"])
def test_one_neuron_of_every_variant(variant: str) -> None:
    assert_all_numbers("one-neuron", None, "seed", variant)


def test_long_sequences_show_some_steps() -> None:
    assert_all_numbers("long", None, "seed", "sequence.length=12")


def test_sequences_of_unequal_length() -> None:
    assert_all_numbers("padded", None, "seed", "lstm.bidirectional=false", "sequence.lengths=[2,4,3]")


def test_a_single_step_has_nothing_carried() -> None:
    assert_all_numbers("one-neuron", None, "seed", "sequence.length=1")
    assert_all_numbers("small", None, "torch", "sequence.length=1")


@pytest.mark.parametrize("name", ["deep-bidirectional", "padded", "trained"])
def test_measured_beside_analytic_agree_through_everything_above(name: str) -> None:
    document = derive(make_case(load(CONFIGS / f"{name}.yaml")), name)
    for table in tables(document):
        for column, title in enumerate(table.header):
            if title == "measured" and table.name not in ("inverse", "whole", "by hand", "sums"):
                assert_columns_agree(table, column)


def assert_columns_agree(table: Table, measured: int) -> None:
    values = [(row[measured - 1], row[measured]) for row in table.rows]
    pairs = [(a, m) for a, m in values if isinstance(a, float) and isinstance(m, float)]
    largest = max(abs(m) for _, m in pairs)
    for a, m in pairs:
        assert abs(a - m) <= RELATIVE * largest, table.name


@pytest.mark.parametrize("name", ["terms 0", "terms 1", "gate products", "untied W g", "untied U f"])
def test_products_of_one_neuron_can_be_redone_from_the_printed_digits(name: str) -> None:
    document = derive(make_case(load(CONFIGS / "one-neuron.yaml")), name)
    (table,) = (block for block in tables(document) if block.name == name)
    redone = 0
    for row in table.rows:
        printed = [cell_text(cell) for cell in row[1:4]]
        if all(printed) and len(printed) == 3:
            a, b, product = map(float, printed)
            # Six digits each: half a unit of the sixth, three times.
            assert abs(a * b - product) <= 3 * 5e-6 * abs(product)
            redone += 1
    assert redone >= 3


def test_sums_of_one_neuron_can_be_redone_from_the_printed_digits() -> None:
    document = derive(make_case(load(CONFIGS / "one-neuron.yaml")), "one-neuron")
    by_name = {table.name: table for table in tables(document)}
    for name in ("terms 0", "terms 1"):
        *terms, total, _measured = [float(cell_text(row[-1])) for row in by_name[name].rows]
        assert abs(sum(terms) - total) <= 5e-6 * sum(map(abs, [*terms, total]))
    for row in by_name["products"].rows:
        W, x, U, h, b, z = (float(cell_text(cell)) for cell in row[1:])
        assert abs(W * x + U * h + b - z) <= 2 * 5e-6 * (abs(W * x) + abs(U * h) + abs(b) + abs(z))


def test_shares_sum_to_the_whole_and_paths_to_the_gradient() -> None:
    document = derive(make_case(load(CONFIGS / "small.yaml")), "small", topics=["carousel"])
    by_name = {table.name: numbers(table) for table in tables(document)}
    for paths, shares in zip(by_name["paths"], by_name["shares"], strict=True):
        assert sum(paths[::2]) == pytest.approx(shares[0], rel=1e-13)
        assert sum(shares[2:]) == pytest.approx(1, rel=1e-13)


def test_the_pseudo_inverse_is_not_the_gradient() -> None:
    document = derive(make_case(load(CONFIGS / "small.yaml")), "small", topics=["inputs"])
    (table,) = (table for table in tables(document) if table.name == "inverse")
    for inverse, transpose, measured in numbers(table):
        assert abs(inverse - measured) > 0.01 * abs(measured)
        assert transpose == pytest.approx(measured, rel=1e-12)
