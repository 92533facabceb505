"""The shipped examples are right, and what is planted into them is the mistake that it claims to be."""

from __future__ import annotations

import sys
from functools import cache

import numpy as np
import pytest
from driven_targets import Run, case_of, expected_outputs, loaded, run
from planted_targets import FILES, FOLDER, PLANTS, SHIPPED_WRONG, Plant, correct, source

from lstmcheck.config import load
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.types import Numbers
from lstmcheck.mistakes.catalogue import CATALOGUE, applicable

FEWEST_PLANTS = 6
CLEAR = 1e-3
"""How far a planted gradient is at least from the right one, relative to the largest entry of its array."""


def rounding(case: Case) -> float:
    """What a gradient in doubles may be off by, relative to the largest of its array.

    One ε for every rounding along the longest chain through time and for every term of the sums at its ends.
    """
    T, B, D = case.arrays["x"].shape
    H = case.spec.hidden_size
    return float(np.finfo(float).eps * (T * (4 * H + H + D + 10) + T * B))


def assert_same(found: Numbers, expected: Numbers, case: Case) -> None:
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= rounding(case) * np.abs(expected).max()


@cache
def right_run(protocol: str) -> Run:
    return run(protocol, correct(protocol))


@pytest.mark.parametrize("protocol", FILES)
def test_a_correct_example_computes_what_we_do(protocol: str) -> None:
    case, found = case_of(protocol), right_run(protocol)
    for output, expected in zip(found.outputs, expected_outputs(protocol, case), strict=False):
        assert_same(output, expected, case)
    right = case.gradients()
    assert set(right) - set(found.gradients) == ({"c0"} if protocol.endswith("-sequence") else set())
    for name, gradient in found.gradients.items():
        assert_same(gradient, right[name], case)


def test_torch_s_own_module_is_a_correct_example() -> None:
    case, found = case_of("torch"), run("torch", (FOLDER / "torch_builtin.py").read_text(encoding="utf-8"))
    right = case.gradients()
    for name, gradient in found.gradients.items():
        assert_same(gradient, right[name], case)


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: f"{plant.protocol}:{plant.mistake}")
def test_a_plant_has_the_gradients_of_the_mistake_that_it_is_named_after(plant: Plant) -> None:
    """They are clearly wrong, and its forward pass is the right one."""
    case, right = case_of(plant.protocol), right_run(plant.protocol)
    found = run(plant.protocol, source(plant.protocol, plant.mistake))
    wrong = case.gradients(CATALOGUE[plant.mistake].backward)
    for name, gradient in found.gradients.items():
        assert_same(gradient, wrong[name], case)
    for output, expected in zip(found.outputs, right.outputs, strict=True):
        assert np.array_equal(output, expected)
    assert any(
        np.abs(found.gradients[name] - gradient).max() > CLEAR * np.abs(gradient).max()
        for name, gradient in right.gradients.items()
    )


@pytest.mark.parametrize("protocol", FILES)
def test_no_other_mistake_has_the_gradients_of_a_plant(protocol: str) -> None:
    """So that its name is the only right diagnosis, also without what the protocol does not return."""
    case, returned = case_of(protocol), right_run(protocol).gradients
    mistakes = applicable(load(FOLDER / f"{protocol}.yaml"))
    every = {mistake.id: case.gradients(mistake.backward) for mistake in mistakes}
    for plant in (plant for plant in PLANTS if plant.protocol == protocol):
        wrong = every[plant.mistake]
        alike = [
            mistake
            for mistake, other in every.items()
            if all(
                np.abs(other[name] - wrong[name]).max() <= CLEAR * np.abs(wrong[name]).max()
                for name in returned
            )
        ]
        assert alike == [plant.mistake]


@pytest.mark.parametrize("protocol", FILES)
def test_every_protocol_has_enough_different_mistakes(protocol: str) -> None:
    mistakes = [plant.mistake for plant in PLANTS if plant.protocol == protocol]
    assert len(set(mistakes)) == len(mistakes) >= FEWEST_PLANTS


@pytest.mark.parametrize("protocol", FILES)
def test_a_shipped_wrong_example_differs_from_the_right_one_in_its_mistake_only(
    protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = FOLDER / FILES[protocol].replace(".py", "_wrong.py")
    name = FILES[protocol].removesuffix(".py")
    # It imports the right one.
    monkeypatch.setitem(sys.modules, name, loaded(correct(protocol), name))
    wrong, planted = (
        run(protocol, text)
        for text in (path.read_text(encoding="utf-8"), source(protocol, SHIPPED_WRONG[protocol]))
    )
    for output, expected in zip(wrong.outputs, planted.outputs, strict=True):
        assert np.array_equal(output, expected)
    assert wrong.gradients.keys() == planted.gradients.keys()
    for name, gradient in wrong.gradients.items():
        assert_same(gradient, planted.gradients[name], case_of(protocol))


@pytest.mark.parametrize("protocol", FILES)
def test_a_shipped_wrong_example_is_no_copy_of_the_right_one(protocol: str) -> None:
    right, wrong = FOLDER / FILES[protocol], FOLDER / FILES[protocol].replace(".py", "_wrong.py")
    assert len(wrong.read_text().splitlines()) < len(right.read_text().splitlines()) / 2


@pytest.mark.parametrize("protocol", [name for name in FILES if name != "torch"])
def test_a_wrong_example_leaves_the_right_one_as_it_is(
    protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both may be imported side by side. (torch's reads the function from the module of its class.)"""
    name = FILES[protocol].removesuffix(".py")
    right = loaded(correct(protocol), name)
    monkeypatch.setitem(sys.modules, name, right)
    before = dict(vars(right))
    loaded((FOLDER / f"{name}_wrong.py").read_text(encoding="utf-8"), f"{name}_wrong")
    assert vars(right) == before
