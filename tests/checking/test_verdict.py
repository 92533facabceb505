"""The verdict on two numbers and an uncertainty."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lstmcheck.judge.verdict import Verdict, fails, flushed, passes, tolerance
from lstmcheck.tolerances.precision import VANISHED


def judged(analytic: float, reference: float, uncertainty: float, tau: float) -> Verdict:
    """Pass, fail, or inconclusive where it is neither; never both."""
    numbers = [np.array([n]) for n in (analytic, reference, uncertainty, tau)]
    with np.errstate(over="ignore"):  # as in a check
        passed, failed = bool(passes(*numbers)[0]), bool(fails(*numbers)[0])
    assert not (passed and failed)
    return Verdict.PASS if passed else Verdict.FAIL if failed else Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("analytic", "reference", "uncertainty", "tau", "expected"),
    [
        (1.0, 1.0, 0.0, 0.0, "pass"),
        (1.0, 1.0, 0.5, 0.5, "pass"),
        (1.0, 1.25, 0.25, 0.5, "pass"),
        (1.0, 1.5, 0.25, 0.5, "inconclusive"),
        (1.0, 1.75, 0.25, 0.5, "inconclusive"),
        (1.0, 2.0, 0.25, 0.5, "fail"),
        (1.0, 0.0, 0.25, 0.5, "fail"),
        (-1.0, 1.0, 0.0, 1.0, "fail"),
        (0.0, 0.0, 0.0, 0.0, "pass"),
        (1e-300, 0.0, 0.0, 0.0, "fail"),
        (0.0, 0.0, 1e-300, 0.0, "inconclusive"),
        (1.0, 1.0, inf, 0.5, "inconclusive"),
        (1.0, 9.0, inf, 0.5, "inconclusive"),
        (1.0, 1.0, nan, 0.5, "inconclusive"),
        (nan, 1.0, 0.0, 0.5, "fail"),
        (inf, 1.0, 0.0, 0.5, "fail"),
        (1.0, nan, 0.0, 0.5, "inconclusive"),
        (nan, nan, 0.0, 0.5, "inconclusive"),
        (nan, 1.0, inf, 0.5, "fail"),
        (nan, nan, nan, nan, "inconclusive"),
        (inf, inf, 0.0, 0.5, "inconclusive"),
        (-inf, inf, 0.0, 0.5, "inconclusive"),
        (1.0, inf, inf, 0.5, "inconclusive"),
    ],
)
def test_every_case_of_the_verdict(
    analytic: float, reference: float, uncertainty: float, tau: float, expected: str
) -> None:
    assert judged(analytic, reference, uncertainty, tau) == expected


numbers = st.floats(-1e6, 1e6)
amounts = st.floats(0, 1e6)
anything = st.floats(allow_nan=True, allow_infinity=True)


@given(anything, anything, st.floats(min_value=0) | st.just(nan), amounts)
def test_what_is_not_finite_never_passes(
    analytic: float, reference: float, uncertainty: float, tau: float
) -> None:
    verdict = judged(analytic, reference, uncertainty, tau)
    if not np.isfinite(reference):
        assert verdict == "inconclusive", "nobody is accused where there is nothing to compare with"
    elif not np.isfinite(analytic):
        assert verdict == "fail"
    elif not np.isfinite(uncertainty):
        assert verdict == "inconclusive"


@given(numbers, numbers, amounts, amounts, st.integers(-200, 200))
def test_the_verdict_does_not_change_with_the_unit(
    analytic: float, reference: float, uncertainty: float, tau: float, power: int
) -> None:
    """Powers of two change no digit, short of underflow."""
    given_numbers = (analytic, reference, uncertainty, tau)
    assume(all(n == 0 or abs(n) > 1e-200 for n in given_numbers))
    scaled = [n * 2.0**power for n in given_numbers]
    assert judged(*scaled) == judged(*given_numbers)


@given(numbers, numbers, amounts, amounts)
def test_the_verdict_does_not_change_when_the_two_numbers_are_swapped_or_negated(
    analytic: float, reference: float, uncertainty: float, tau: float
) -> None:
    verdict = judged(analytic, reference, uncertainty, tau)
    assert judged(reference, analytic, uncertainty, tau) == verdict
    assert judged(-analytic, -reference, uncertainty, tau) == verdict


@given(numbers, numbers, amounts, amounts, amounts)
def test_more_uncertainty_never_makes_certain(
    analytic: float, reference: float, uncertainty: float, more: float, tau: float
) -> None:
    before = judged(analytic, reference, uncertainty, tau)
    after = judged(analytic, reference, uncertainty + more, tau)
    assert after in (before, Verdict.INCONCLUSIVE)


@given(numbers, st.floats(1e-6, 1e6), st.floats(-1, 1))
def test_the_truth_within_the_uncertainty_is_never_failed_when_right_nor_passed_when_wrong(
    truth: float, uncertainty: float, share: float
) -> None:
    """Whatever the reference is within its uncertainty of the truth, no certain verdict is wrong."""
    reference, tau = truth + 0.999 * share * uncertainty, uncertainty / 2
    assert judged(truth, reference, uncertainty, tau) != "fail"
    for wrong in (truth + 2 * tau, truth - 2 * tau):
        assert judged(wrong, reference, uncertainty, tau) != "pass"


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([], "pass"),
        (["pass", "pass"], "pass"),
        (["pass", "inconclusive", "pass"], "inconclusive"),
        (["inconclusive", "fail", "pass"], "fail"),
        (["fail", "inconclusive"], "fail"),
    ],
)
def test_the_worst_verdict_decides(verdicts: list[str], expected: str) -> None:
    assert Verdict.worst(Verdict(v) for v in verdicts) == expected


def test_the_tolerance_is_a_share_of_the_scale_but_not_below_rounding() -> None:
    scale, rounding = np.array([1.0, 1.0, 0.0, 4.0]), np.array([0.0, 1e-3, 1e-3, 1e-9])
    tau = tolerance(scale, 1e-6, rounding)
    assert tau[0] == 1e-6
    assert tau[1] == tau[2] >= 2e-3, "two numbers with a rounding of their own may differ by both"
    assert tau[3] == 4e-6


def test_only_what_underflow_has_spoilt_counts_as_zero() -> None:
    """Near the smallest numbers there are, the last digits of products are gone."""
    spoilt, kept = [0.0, 1e-320, -VANISHED / 3, VANISHED / 2], [2 * VANISHED, -1e-150, 1.0, nan, inf]
    np.testing.assert_array_equal(flushed(np.array(spoilt + kept)), [0.0] * len(spoilt) + kept)
    assert np.finfo(float).tiny / np.finfo(float).eps <= VANISHED < 1e-150
