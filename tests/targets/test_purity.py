"""Functions that depend on more than their arguments, or change them: each is named, and fails the run."""

from __future__ import annotations

from pathlib import Path

import pytest
from planted_targets import FILES, correct
from target_checks import checked

from lstmcheck.verdict import Verdict

PLAIN = correct("plain")


def wrapped(forward: str = "", backward: str = "", before: str = "") -> str:
    """The right implementation, with lines of its own around both functions."""
    return f"""{PLAIN}
right_forward, right_backward = forward, backward
{before}

def forward(params, x, h0, c0):
    y, h, c, cache = right_forward(params, x, h0, c0)
    {forward}
    return y, h, c, cache

def backward(d_y, d_h, d_c, cache):
    gradients = right_backward(d_y, d_h, d_c, cache)
    {backward}
    return gradients
"""


IMPURE = {
    "forward changes its argument x": wrapped("x *= 2"),
    "forward changes its argument h0": wrapped("h0 += 1"),
    "forward changes its argument params['W']": wrapped("params['W'][0] = 0"),
    "backward changes its argument d_y": wrapped(backward="d_y[0] = 0"),
    "backward changes an argument of an earlier call, x": wrapped(
        "kept.append(x)", "kept[-1][...] = 0", "kept = []"
    ),
    "forward twice gives different outputs: y": wrapped(
        "calls.append(0); y = y + 1e-3 * len(calls)", before="calls = []"
    ),
    "forward and backward, run a second time": wrapped(
        backward="sums.append(gradients['b']); gradients['b'] = sum(sums)", before="sums = []"
    ),
}
IMPURE["backward twice on one cache gives different gradients: b_l0"] = f"""{PLAIN}
right_forward, right_backward = forward, backward

def forward(params, x, h0, c0):
    y, h, c, cache = right_forward(params, x, h0, c0)
    return y, h, c, (cache, [])

def backward(d_y, d_h, d_c, cache):
    cache, sums = cache
    gradients = right_backward(d_y, d_h, d_c, cache)
    sums.append(gradients["b"])
    return gradients | {{"b": sum(sums)}}
"""
IMPURE["a later forward changes the cache of an earlier one"] = f"""{PLAIN}
right_forward, right_backward = forward, backward
buffer = {{}}

def forward(params, x, h0, c0):
    y, h, c, cache = right_forward(params, x, h0, c0)
    buffer["cache"] = cache
    return y, h, c, None

def backward(d_y, d_h, d_c, cache):
    return right_backward(d_y, d_h, d_c, buffer["cache"])
"""
IMPURE["backward twice on one cache fails"] = f"""{PLAIN}
right_forward, right_backward = forward, backward

def forward(params, x, h0, c0):
    y, h, c, cache = right_forward(params, x, h0, c0)
    return y, h, c, [cache]

def backward(d_y, d_h, d_c, cache):
    return right_backward(d_y, d_h, d_c, cache.pop())
"""


@pytest.mark.parametrize("problem", IMPURE)
def test_what_is_not_pure_is_named_and_fails(problem: str, tmp_path: Path) -> None:
    report = checked(tmp_path, IMPURE[problem], check__entries=1)
    assert report.target is not None
    assert any(found.startswith(problem) for found in report.target.purity.problems)
    assert report.verdict == Verdict.FAIL


@pytest.mark.parametrize("protocol", FILES)
def test_the_examples_are_pure(protocol: str, tmp_path: Path) -> None:
    report = checked(tmp_path, correct(protocol), protocol, check__entries=1)
    assert report.target is not None
    assert report.target.purity.problems == ()


def test_a_gradient_may_pass_where_the_purity_fails(tmp_path: Path) -> None:
    report = checked(
        tmp_path, IMPURE["a later forward changes the cache of an earlier one"], check__entries=1
    )
    assert (report.gradient, report.verdict) == (Verdict.PASS, Verdict.FAIL)
