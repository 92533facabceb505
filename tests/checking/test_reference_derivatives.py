"""Central differences and complex steps measure the gradient of every array."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from checking_configs import small
from reference_cases import VARIANTS, arrays_of, case_of, rounding

from lstmcheck.lstm.case import Case
from lstmcheck.lstm.types import Floats
from lstmcheck.reference.noise import loss_noise
from lstmcheck.reference.nudged_network import NudgedNetwork
from lstmcheck.tolerances.differences import NOISE_FACTOR


def same_step(count: int, step: float) -> Floats:
    return np.full(count, step)


@pytest.mark.parametrize("name", VARIANTS)
def test_complex_steps_give_the_gradient_to_the_last_digits(name: str) -> None:
    case = case_of(VARIANTS[name])
    network, gradients = NudgedNetwork(case), case.gradients()
    for info, entries in arrays_of(case):
        value, kinked = network.complex_step(info, entries)
        error = np.abs(value - gradients[info.name].ravel()).max()
        assert error <= rounding(case) * np.abs(gradients[info.name]).max(), info.name
        assert not kinked.any()


@pytest.mark.parametrize("name", [name for name in VARIANTS if "softsign" not in name])
def test_central_differences_are_of_second_order(name: str) -> None:
    """Half the step, a quarter of the error, until the noise shows. (softsign bends: it has first order.)"""
    case = case_of(VARIANTS[name])
    network, gradients, noise = NudgedNetwork(case), case.gradients(), loss_noise(case, 0)
    coarse, fine, finest = 2.0**-5, 2.0**-6, 2.0**-13
    for info, entries in arrays_of(case):
        error = {}
        for step in (coarse, fine, finest):
            value, kinked = network.central(info, entries, same_step(len(entries), step))
            assert not kinked.any()
            error[step] = float(np.abs(value - gradients[info.name].ravel()).max())
        # In between, the next order of the error is a thousandth of it: (1/32)².
        if error[coarse] > 1e3 * NOISE_FACTOR * noise / coarse:
            assert error[fine] / error[coarse] == pytest.approx(1 / 4, rel=0.1), info.name
        truncation = error[coarse] * (finest / coarse) ** 2
        assert error[finest] <= 2 * truncation + NOISE_FACTOR * noise / finest, info.name


@pytest.mark.parametrize("name", VARIANTS)
def test_threads_change_no_bit(name: str) -> None:
    case = case_of(VARIANTS[name])
    alone = NudgedNetwork(case)
    with ThreadPoolExecutor(2) as pool:
        together = NudgedNetwork(case, pool)
        for info, entries in arrays_of(case):
            # Many times over, so that there is more than one portion to share out.
            many = np.tile(entries, 8)
            steps = same_step(len(many), 1e-4)
            for one, two in zip(
                alone.central(info, many, steps), together.central(info, many, steps), strict=True
            ):
                np.testing.assert_array_equal(one, two)
            for one, two in zip(
                alone.complex_step(info, many), together.complex_step(info, many), strict=True
            ):
                np.testing.assert_array_equal(one, two)
    assert together.evaluations == alone.evaluations


@pytest.mark.parametrize("name", VARIANTS)
def test_the_order_of_entries_does_not_matter(name: str) -> None:
    """A matrix product may round its rows differently by where they stand: no more than the noise."""
    case = case_of(VARIANTS[name])
    network, noise, step = NudgedNetwork(case), loss_noise(case, 0), 1e-4
    gradients, random = case.gradients(), np.random.default_rng(0)
    for info, entries in arrays_of(case):
        order = random.permutation(len(entries))
        steps = same_step(len(entries), step)
        straight = network.central(info, entries, steps).value
        shuffled = network.central(info, entries[order], steps).value
        assert (np.abs(shuffled - straight[order]) <= 2 * NOISE_FACTOR * noise / step).all(), info.name
        exact = network.complex_step(info, entries).value
        exactly_shuffled = network.complex_step(info, entries[order]).value
        largest = np.abs(gradients[info.name]).max()
        assert (np.abs(exactly_shuffled - exact[order]) <= rounding(case) * largest).all(), info.name


def test_every_entry_has_a_step_of_its_own() -> None:
    case = case_of(small())
    network = NudgedNetwork(case)
    for info, entries in arrays_of(case):
        steps = 2.0 ** -np.arange(3.0, 3.0 + len(entries))[::-1].clip(3, 20)
        mixed = network.central(info, entries, steps).value
        for step in np.unique(steps):
            mine = steps == step
            same = network.central(info, entries[mine], steps[mine]).value
            noise = NOISE_FACTOR * loss_noise(case, 0) / step
            assert (np.abs(same - mixed[mine]) <= 2 * noise).all(), info.name


def test_measuring_leaves_the_case_as_it_was() -> None:
    case = case_of(VARIANTS["peephole, coupled, two biases"])
    before = {name: array.copy() for name, array in case.arrays.items()}
    measure_everything(case)
    for name, array in case.arrays.items():
        np.testing.assert_array_equal(array, before[name])


def measure_everything(case: Case) -> None:
    network = NudgedNetwork(case)
    for info, entries in arrays_of(case):
        network.central(info, entries, same_step(len(entries), 1e-3))
        network.complex_step(info, entries)


def test_evaluations_are_counted() -> None:
    """Two for a difference, one for a complex step; sequences share those of x, h0 and c0."""
    case = case_of(small())
    network = NudgedNetwork(case)
    seen: list[int] = []
    network.progress = lambda done, expected: seen.append(done)
    batch = case.arrays["x"].shape[1]
    expected = 0
    for info, entries in arrays_of(case):
        copies = len(entries) if info.layer is not None else len(entries) // batch
        network.central(info, entries, same_step(len(entries), 1e-3))
        network.complex_step(info, entries)
        expected += 3 * copies
        assert network.evaluations == expected
    assert seen == sorted(seen)
    assert seen[-1] == expected
