"""Functions that depend on more than their arguments fail; those that are only careless are told so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from careless_targets import CARELESS, PLAIN, STACK, changed, wrapped
from planted_targets import FILES, correct
from target_checks import checked, checked_apart, configured, functions

from lstmcheck.api import check
from lstmcheck.config import Config
from lstmcheck.judge.results import Report
from lstmcheck.judge.target_answers import Purity
from lstmcheck.judge.verdict import Verdict
from lstmcheck.targets.purity import first_answers
from lstmcheck.targets.target import open_target

pytestmark = pytest.mark.usefixtures("no_other_network_is_looked_for")

UNSTEADY_GRADIENTS = (
    "backward gives different gradients each time"
    " (random numbers, or something that is kept from call to call)"
)
HARMFUL = {
    "forward twice gives different outputs: y (by up to 1.0e-03), by as much each time": wrapped(
        "y = y + 1e-3 * len(calls); calls.append(0)", before="calls = []"
    ),
    "forward twice gives different outputs: y": wrapped(
        "y = y + random.standard_normal(y.shape) * len(calls); calls.append(0)",
        before="random, calls = np.random.default_rng(0), []",
    ),
    f"{UNSTEADY_GRADIENTS}: W_l0": wrapped(
        backward="gradients['W'] += random.standard_normal(gradients['W'].shape)",
        before="random = np.random.default_rng(0)",
    ),
    f"{UNSTEADY_GRADIENTS}: U_l0": wrapped(
        backward="gradients['U'] *= 1 + 1e-9 * random.standard_normal()",
        before="random = np.random.default_rng(0)",
    ),
    "running forward and backward a second time gives different gradients: h0": wrapped(
        backward="gradients['h0'] = gradients['h0'] + bool(kept); kept.append(0)",
        before="kept = []",
    ),
    "running forward and backward a second time fails": wrapped(
        "calls.append(0)", "if len(calls) > 1: raise ValueError('used up')", "calls = []"
    ),
}
ONE_CACHE_FOR_ALL = f"""{PLAIN}
right_forward, right_backward = forward, backward
buffer = {{}}

def forward(params, x, h0, c0):
    y, h, c, cache = right_forward(params, x, h0, c0)
    buffer["cache"] = cache
    return y, h, c, None

def backward(d_y, d_h, d_c, cache):
    return right_backward(d_y, d_h, d_c, buffer["cache"])
"""


def purity(report: Report) -> Purity:
    assert report.target is not None
    assert report.target.purity is not None
    return report.target.purity


@pytest.mark.parametrize("problem", HARMFUL)
def test_what_gives_other_numbers_another_time_fails(problem: str, tmp_path: Path) -> None:
    report = checked(tmp_path, HARMFUL[problem], check__entries=1)
    assert any(each.startswith(problem) for each in purity(report).problems)
    assert report.verdict == Verdict.FAIL


def test_caches_on_a_stack_are_used_in_turn(tmp_path: Path) -> None:
    """What is told is the one thing that is wrong with them."""
    report = checked(tmp_path, STACK, check__entries=1)
    on_one, overtaken = purity(report).warnings
    assert on_one.startswith("backward twice on one cache fails")
    assert overtaken.startswith("a later forward changes the cache of an earlier one")
    assert (report.gradient, report.verdict) == (Verdict.PASS, Verdict.PASS)


@pytest.mark.parametrize(("strict", "verdict"), [("false", "pass"), ("true", "fail")])
def test_one_cache_for_all_calls_is_careless_where_calls_take_turns(
    strict: str, verdict: str, tmp_path: Path
) -> None:
    report = checked(tmp_path, ONE_CACHE_FOR_ALL, check__entries=1, target__strict=strict)
    (warning,) = purity(report).warnings
    assert warning.startswith("a later forward changes the cache of an earlier one: its backward gives")
    assert warning.endswith("the gradients that are judged come of a backward right after its forward")
    assert (report.gradient, purity(report).verdict) == (Verdict.PASS, verdict)


def test_one_cache_for_all_calls_hides_nothing_that_is_wrong_the_second_time(tmp_path: Path) -> None:
    """A cache of the first call for all: what is judged is right, and no other backward pass is."""
    first = ONE_CACHE_FOR_ALL.replace('buffer["cache"] = cache', 'buffer.setdefault("cache", cache)')
    report = checked(tmp_path, first, check__entries=1, target__behaviour="all")
    assert report.gradient == Verdict.PASS
    assert report.verdict == Verdict.FAIL


SUMS = f"""{PLAIN}
right_backward = backward
sums = {{}}

def backward(d_y, d_h, d_c, cache):
    for name, gradient in right_backward(d_y, d_h, d_c, cache).items():
        sums[name] = sums.get(name, START * np.ones_like(gradient)) + gradient
    return dict(sums)
"""


@pytest.mark.parametrize(("start", "verdict"), [("0", "pass"), ("1", "fail")])
def test_sums_are_judged_by_the_first_call_wherever_they_begin(
    start: str, verdict: str, tmp_path: Path
) -> None:
    report = checked(tmp_path, SUMS.replace("START", start))
    assert (report.gradient, purity(report).verdict) == (verdict, verdict)
    if start == "1":
        what = "backward adds to what earlier calls left, and does not begin at zero"
        assert purity(report).problems == (f"{what}: W_l0, U_l0, b_l0, x, h0, c0",)


def test_a_gradient_that_is_no_number_the_second_time_is_harm_and_no_crash(tmp_path: Path) -> None:
    again = "calls.append(0); gradients['U'] = gradients['U'] * (1 if len(calls) == 1 else np.nan)"
    report = checked(tmp_path, wrapped(backward=again, before="calls = []"))
    assert (report.gradient, purity(report).verdict) == (Verdict.PASS, Verdict.FAIL)


SEEDED = "others each time, but for the same seeds the same: random numbers"
KEPT = "others each time, with the same seeds too: something is kept from call to call"
UNSTEADY = {
    "numpy's own": (wrapped("y = y + np.random.standard_normal(y.shape)"), SEEDED),
    "Python's": (wrapped("import random; y = y + random.random()"), SEEDED),
    "a generator": (HARMFUL["forward twice gives different outputs: y"], KEPT),
    "a state": (wrapped("y = y + sum(kept); kept.append(y.real**2)", before="kept = []"), KEPT),
}


def first_problem(config: Config, handed_over: list[Any] | None = None) -> str:
    """Of its purity alone."""
    target = open_target(config, handed_over)
    try:
        return first_answers(target).purity.problems[0]
    finally:
        target.session.close()


@pytest.mark.parametrize("source", UNSTEADY)
def test_random_numbers_are_told_from_what_is_kept(source: str, tmp_path: Path) -> None:
    text, told = UNSTEADY[source]
    assert told in first_problem(configured(tmp_path, text), functions(tmp_path / "mine.py", "plain"))


def test_random_numbers_are_seen_from_outside_too(tmp_path: Path) -> None:
    assert SEEDED in first_problem(configured(tmp_path, UNSTEADY["numpy's own"][0]))


def test_dropout_of_torch_is_random(tmp_path: Path) -> None:
    dropout = changed("torch", ("torch.stack(y), (", "nn.functional.dropout(torch.stack(y)), ("))
    config = configured(tmp_path, dropout, "torch")
    assert SEEDED in first_problem(config, functions(tmp_path / "mine.py", "torch"))


HOOKED = changed(
    "torch",
    (
        "return HandWrittenLSTM(input_size, hidden_size)",
        "made = HandWrittenLSTM(input_size, hidden_size)\n"
        "    made.weight_hh.register_hook(lambda g: g / 2)\n"
        "    return made",
    ),
)


@pytest.mark.parametrize("check_it", [checked, checked_apart])
def test_hooks_of_parameters_are_called_and_judged(check_it: Callable[..., Report], tmp_path: Path) -> None:
    report = check_it(tmp_path, HOOKED, "torch", check__entries=1)
    assert {gate.info.name for gate in report.blocks if gate.verdict == Verdict.FAIL} == {"U_l0"}


def test_the_random_numbers_of_whoever_asks_go_on_as_they_were(tmp_path: Path) -> None:
    config = configured(tmp_path, UNSTEADY["a state"][0])
    np.random.seed(5)
    first_problem(config, functions(tmp_path / "mine.py", "plain"))
    found = np.random.random()
    np.random.seed(5)
    assert found == np.random.random()


@pytest.mark.parametrize("style", CARELESS)
def test_a_careless_implementation_that_is_right_passes_with_a_warning(style: str, tmp_path: Path) -> None:
    protocol, source, warning = CARELESS[style]
    report = checked(tmp_path, source, protocol, check__entries=2)
    assert (report.gradient, report.verdict) == (Verdict.PASS, Verdict.PASS)
    assert purity(report).problems == ()
    assert any(each.startswith(warning) for each in purity(report).warnings)


def test_a_careless_implementation_fails_where_that_is_asked_for(tmp_path: Path) -> None:
    protocol, source, warning = CARELESS["dnext_c +=, in a step"]
    report = checked(tmp_path, source, protocol, check__entries=1, target__strict="true")
    assert (report.gradient, report.verdict) == (Verdict.PASS, Verdict.FAIL)
    assert purity(report).warnings == (warning,)


def test_a_layer_that_was_used_before_is_judged_by_what_it_adds(tmp_path: Path) -> None:
    protocol, source, _ = CARELESS["a layer that adds to its gradients"]
    config = configured(tmp_path, source, protocol, check__entries=1)
    used = functions(tmp_path / "mine.py", protocol)
    for _ in range(2):
        report = check(config, functions=used)
        assert report.verdict == Verdict.PASS
        assert len(purity(report).warnings) == 1


def test_a_wrong_implementation_fails_however_careless_it_is(tmp_path: Path) -> None:
    protocol, source, _ = CARELESS["a step that adds to its gradients"]
    wrong = source.replace("dprev_c = dc * f", "dprev_c = dc")
    assert wrong != source
    assert checked(tmp_path, wrong, protocol, check__entries=1).gradient == Verdict.FAIL


def test_carelessness_is_seen_from_outside_too(tmp_path: Path) -> None:
    protocol, source, warning = CARELESS["d_h and d_c, in the arrays that came in, returned"]
    report = checked_apart(tmp_path, source, protocol, check__entries=1)
    assert report.verdict == Verdict.PASS
    assert warning in purity(report).warnings


@pytest.mark.parametrize("protocol", FILES)
def test_the_examples_are_pure(protocol: str, tmp_path: Path) -> None:
    report = checked(tmp_path, correct(protocol), protocol, check__entries=1)
    assert purity(report) == Purity()


def test_a_gradient_may_pass_where_the_purity_fails(tmp_path: Path) -> None:
    kept = HARMFUL["running forward and backward a second time gives different gradients: h0"]
    report = checked(tmp_path, kept, check__entries=1)
    assert (report.gradient, report.verdict) == (Verdict.PASS, Verdict.FAIL)


def test_what_is_kept_of_a_complex_call_comes_back_from_no_real_one(tmp_path: Path) -> None:
    """A state of its own that outlives a complex evaluation: no warning is raised of lost imaginary parts."""
    kept = PLAIN.replace("h, c = h0, c0", "h, c = h0 + last[0], c0").replace(
        "return np.stack(y), h", "last[0] = 0.1 * h\n    return np.stack(y), h"
    )
    assert kept.count("last[0]") == 2
    report = checked(tmp_path, f"last = [0]\n{kept}")
    assert purity(report).verdict == Verdict.FAIL
