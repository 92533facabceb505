"""Rounding to few digits, against the arithmetic of ml_dtypes and numpy."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

from lstmcheck.lstm.precision import PRECISIONS, lowest, precision_of

RANDOM = np.random.default_rng(0)
NUMBERS = np.concatenate(
    [
        RANDOM.standard_normal(2000) * 10.0 ** RANDOM.integers(-9, 9, 2000),
        [0.0, -0.0, np.inf, -np.inf, np.nan, 65504, 65520, 3.39e38, 3.4e38, 1 + 2.0**-8, 1 + 3 * 2.0**-8],
    ]
).astype(np.float32)


@pytest.mark.parametrize("name", ["float16", "bfloat16", "float32"])
def test_numbers_are_rounded_to_nearest_even(name: str) -> None:
    with np.errstate(over="ignore"):
        wanted = NUMBERS.astype(ml_dtypes.bfloat16 if name == "bfloat16" else name)
    got = PRECISIONS[name].rounded(NUMBERS)
    np.testing.assert_array_equal(got, wanted.astype(float))


@pytest.mark.parametrize("name", ["float16", "bfloat16", "float32", "float64"])
def test_each_has_the_digits_and_the_reach_that_others_say(name: str) -> None:
    kind, info = PRECISIONS[name], ml_dtypes.finfo(name)  # type: ignore[no-untyped-call]
    assert (kind.eps, kind.tiny, kind.largest) == (float(info.eps), float(info.tiny), float(info.max))
    assert precision_of(np.dtype(ml_dtypes.bfloat16 if name == "bfloat16" else name)) is kind


def test_the_lowest_has_the_fewest_digits() -> None:
    assert lowest(*PRECISIONS.values()).name == "bfloat16"
    assert precision_of(np.dtype("int8")).name == "float64"
    assert precision_of(np.dtype("complex64")).name == "float32"
