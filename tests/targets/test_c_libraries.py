"""Libraries in C: the shipped network, right and wrong, in both precisions."""

from __future__ import annotations

from pathlib import Path

import pytest
from c_targets import MISTAKES, NETWORK, ONE, SOURCE, checked, compile_library, needs_compiler, planted_source

from lstmcheck.judge.verdict import Verdict

pytestmark = needs_compiler



@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_library(tmp_path_factory.mktemp("c"), planted_source(), "planted")


def test_the_right_network_passes_and_conforms(library: Path) -> None:
    report = checked(library, None, check__entries="all")
    assert set(report.answers.values()) == {Verdict.PASS}
    assert not report.coverage.missing


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_caught_and_named(mistake: str, library: Path) -> None:
    report = checked(library, mistake, NETWORK, explain=True)
    assert report.gradient == Verdict.FAIL
    assert report.answers["conformance"] == Verdict.PASS
    assert report.diagnosis is not None
    assert mistake in {each.mistake for each in report.diagnosis.suspects}
