"""What a target does beside its gradients: linear, separate, absent upstreams, again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from behaving_targets import ABSENT, AGAIN, LINEAR, SEPARATE, Misbehaving
from planted_targets import FILES, correct
from target_checks import configured, functions

from lstmcheck.judge.answers import Behaviour
from lstmcheck.judge.verdict import Verdict
from lstmcheck.subjects.target_as_subject import subject_of
from lstmcheck.targets.target import open_target

PLANTS = {"linear": LINEAR, "separate": SEPARATE, "absent": ABSENT, "again": AGAIN}
WARNINGS = ("the first length", "what grows over all bounds", "other last digits")
SAID = ("sizes of its own",)


def asked(
    folder: Path, source: str, protocol: str = "plain", *, apart: bool = False, **settings: Any
) -> dict[str, Behaviour]:
    """What is asked beside the gradients, and nothing else: no derivative is measured."""
    config = configured(folder, source, protocol, **settings)
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
