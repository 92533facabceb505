"""What a target does beside its gradients: linear, separate, absent upstreams, again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from behaving_targets import ABSENT, AGAIN, DEEP, LINEAR, SEPARATE, Misbehaving
from careless_targets import CARELESS, wrapped
from network_targets import NETWORK, SIZES
from planted_targets import FILES, correct, source
from target_checks import configured, functions

from lstmcheck.judge.target_answers import Behaviour
from lstmcheck.judge.verdict import Verdict
from lstmcheck.subjects.target_as_subject import subject_of
from lstmcheck.targets import forward_search
from lstmcheck.targets.target import open_target

PLANTS = {"linear": LINEAR, "separate": SEPARATE, "absent": ABSENT, "again": AGAIN}
WARNINGS = ("the first length", "what grows over all bounds", "other last digits")
SAID = ("sizes of its own",)


def asked(
    folder: Path, text: str, protocol: str = "plain", *, apart: bool = False, **settings: Any
) -> dict[str, Behaviour]:
    """What is asked beside the gradients, and nothing else: no derivative is measured."""
    config = configured(folder, text, protocol, **settings)
    target = open_target(config, None if apart else functions(folder / "mine.py", protocol))
    try:
        subject = subject_of(target, config.seed, None, ())
        assert subject.answers is not None
        return {each.check: each for each in subject.answers().behaviour}
    finally:
        target.session.close()


def all_told(found: Behaviour) -> str:
    return "; ".join((*found.problems, *found.warnings, found.told))


@pytest.mark.parametrize("protocol", FILES)
def test_the_examples_behave(protocol: str, tmp_path: Path) -> None:
    found = asked(tmp_path, correct(protocol), protocol)
    assert [name for name, each in found.items() if each.verdict not in (Verdict.PASS, None)] == []
    assert not [each for each in found.values() if each.warnings]
    unasked = ["linear", "absent"] if protocol == "loss" else []
    assert [name for name, each in found.items() if not each.asked] == unasked


@pytest.mark.parametrize(
    ("check", "name"), [(check, name) for check, plants in PLANTS.items() for name in plants]
)
def test_what_misbehaves_is_caught_and_named(check: str, name: str, tmp_path: Path) -> None:
    plant: Misbehaving = PLANTS[check][name]
    found = asked(tmp_path, plant.source, plant.protocol)
    assert plant.told in all_told(found[check])
    wanted = Verdict.PASS if name in WARNINGS or name in SAID else Verdict.FAIL
    assert found[check].verdict == wanted
    assert bool(found[check].warnings) == (name in WARNINGS)


def test_what_joins_sequences_on_purpose_is_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Normalised over the batch: no LSTM as declared, and right."""
    monkeypatch.setattr(forward_search, "HYPOTHESES_WORK", 0)  # what else it may be is not looked for
    centred = wrapped_in(
        "return right_forward(params, x - x.mean(1, keepdims=True), h0, c0)",
        "g = right_backward(*a); g['x'] = g['x'] - g['x'].mean(1, keepdims=True); return g",
    )
    found = asked(tmp_path, centred)["separate"]
    assert (found.verdict, found.problems) == (Verdict.PASS, ())
    assert found.warnings[0].startswith("sequence 0 alone gives other outputs than in the batch: y, h_T, c_T")


def wrapped_in(forward: str, backward: str = "return right_backward(*a)") -> str:
    return f"""{correct("plain")}
right_forward, right_backward = forward, backward
def forward(params, x, h0, c0):
    {forward}
def backward(*a):
    {backward}
"""


REFUSED = {
    "raises": (
        "assert len(h0) > 1, 'a batch'; return right_forward(params, x, h0, c0)",
        "raised AssertionError",
    ),
    "squeezes": (
        "y, h, c, k = right_forward(params, x, h0, c0); return y.squeeze(), h, c, k",
        "returned y of shape (4, 3); wanted (4, 1, 3)",
    ),
    "hangs": (
        "\n    while len(h0) == 1: pass\n    return right_forward(params, x, h0, c0)",
        "had not returned after 0.3 s",
    ),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_a_batch_of_one_that_is_not_taken_is_told_and_leaves_the_rest(fault: str, tmp_path: Path) -> None:
    body, told = REFUSED[fault]
    found = asked(tmp_path, wrapped_in(body), target__timeout=0.3)
    (warning,) = found["separate"].warnings
    assert warning.startswith("it cannot take B = 1: forward ")
    assert told in warning
    assert {name: each.verdict for name, each in found.items()} == dict.fromkeys(PLANTS, Verdict.PASS)
    assert "T=3 B=1: forward" in found["again"].told


def test_a_process_that_ends_is_started_again(tmp_path: Path) -> None:
    """Its first call is then the first case once more, and weights that are kept are those."""
    stale = AGAIN["the first weights"].source
    ended = f"{stale}\nright = forward\ndef forward(params, x, h0, c0):\n"
    ended += "    if len(h0) == 1:\n        import os; os._exit(3)\n    return right(params, x, h0, c0)\n"
    found = asked(tmp_path, ended, apart=True)
    assert (
        found["separate"].warnings[0].startswith("it cannot take B = 1: its forward pass ended its process")
    )
    assert "goes on to use W and U of its first call" in found["again"].problems[0]
    assert (found["linear"].verdict, found["absent"].verdict) == (Verdict.PASS, Verdict.PASS)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (wrapped(backward="gradients['b'] *= np.random.random()"), "the same calls do not"),
        (CARELESS["a layer that adds to its gradients"][1], "it adds its gradients to those of earlier"),
    ],
)
def test_what_gives_other_numbers_when_asked_the_same_is_asked_nothing_else(
    text: str, why: str, tmp_path: Path
) -> None:
    found = asked(tmp_path, text)
    assert {each.verdict for each in found.values()} == {None}
    assert all(each.told.startswith(why) for each in found.values())


def test_no_more_is_asked_than_wanted(tmp_path: Path) -> None:
    clipping = LINEAR["returned, by norm of each"].source
    assert list(asked(tmp_path, clipping, target__behaviour="[again,separate]")) == ["separate", "again"]
    assert asked(tmp_path, clipping, target__behaviour="[]") == {}


def test_a_wrong_gradient_is_not_taken_for_a_stale_one(tmp_path: Path) -> None:
    found = asked(tmp_path, source("plain", "cell-carry-dropped"))["again"]
    assert found.verdict == Verdict.PASS
    assert found.told.startswith("at other weights its gradients are as wrong as at the first")


RIGHT: dict[str, dict[str, Any]] = {
    "float32": {"target__dtype": "float32", "sequence__length": 40},
    "a loss of 1e100": {"loss__scale": 1e100},
    "one sequence of one step": {"sequence__length": 1, "sequence__batch": 1},
    "a chaotic network": {"lstm__init_scale": 30.0, "sequence__length": 20},
    "more sequences than run alone": {"sequence__batch": 7, "sequence__length": 2},
    "a loss on the last cell state": {"loss__on": "[cell]"},
    "digits that vanish": {"lstm__init_scale": 1e-3, "target__dtype": "float32", "sequence__length": 12},
}


@pytest.mark.parametrize("name", RIGHT)
def test_no_right_gradient_is_accused_whatever_the_numbers(name: str, tmp_path: Path) -> None:
    found = asked(tmp_path, correct("plain"), **RIGHT[name])
    assert not [each for each in found.values() if each.problems or each.warnings]


@pytest.mark.parametrize("style", CARELESS)
def test_no_careless_style_is_accused(style: str, tmp_path: Path) -> None:
    protocol, text, _ = CARELESS[style]
    found = asked(tmp_path, text, protocol)
    assert not [each for each in found.values() if each.problems or each.warnings]


def test_networks_behave(tmp_path: Path) -> None:
    found = asked(tmp_path, NETWORK, **SIZES)
    assert {name: each.verdict for name, each in found.items()} == dict.fromkeys(PLANTS, Verdict.PASS)
    assert not [each for each in found.values() if each.warnings]


@pytest.mark.parametrize(
    ("check", "number"), [(check, k) for check, plants in DEEP.items() for k in range(len(plants))]
)
def test_networks_that_misbehave_are_caught_and_named(
    check: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forward_search, "HYPOTHESES_WORK", 0)
    text, told = DEEP[check][number]
    found = asked(tmp_path, text, **SIZES)[check]
    assert told in all_told(found)
    assert found.verdict == Verdict.FAIL


def test_the_padding_of_one_sequence_is_asked_about(tmp_path: Path) -> None:
    alone = SIZES | {"sequence__batch": 1, "sequence__lengths": "[2]"}
    found = asked(tmp_path, NETWORK, **alone)["separate"]
    told = "the batch is one sequence; other numbers in the padding of x change nothing"
    assert (found.verdict, found.told) == (Verdict.PASS, f"{told}, NaN gets through")


def test_outputs_that_are_nan_with_any_padding_are_not_changed_by_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NaN is not equal to itself."""
    monkeypatch.setattr(forward_search, "HYPOTHESES_WORK", 0)
    nan = NETWORK.replace("return x, np.stack(h_T)", "return np.where(inside, x, np.nan), np.stack(h_T)")
    assert nan != NETWORK
    found = asked(tmp_path, nan, **SIZES | {"sequence__batch": 1, "sequence__lengths": "[2]"})["separate"]
    assert found.verdict == Verdict.PASS
