"""A diagnosis names the topic to read."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from lstmcheck.cli.app import app
from lstmcheck.explain.derivation import FURTHER, QUESTIONS
from lstmcheck.mistakes.catalogue import CATALOGUE
from lstmcheck.mistakes.topics import BY_METHOD, BY_MISTAKE, topic_of

SMALL = Path(__file__).parents[2] / "configs" / "small.yaml"
UNTOLD = 14
"""Mistakes of buffers and of what is done to gradients afterwards, at most."""


def test_every_topic_is_one() -> None:
    assert {*BY_METHOD.values(), *BY_MISTAKE.values()} <= {*QUESTIONS, *FURTHER}
    assert set(BY_MISTAKE) <= set(CATALOGUE)
    assert sum(topic_of(name) is None for name in CATALOGUE) <= UNTOLD
    assert topic_of("not a mistake") is None


@pytest.mark.parametrize(
    ("mistake", "topic"),
    [
        ("cell-carry-without-forget", "carousel"),
        ("hidden-carry-dropped", "gates"),
        ("truncated-bptt-2", "truncation"),
    ],
)
def test_a_diagnosis_ends_in_what_to_read(mistake: str, topic: str) -> None:
    found = CliRunner().invoke(app, ["run", str(SMALL), "--mistake", mistake])
    assert f"Read: lstmcheck explain CONFIG --topic {topic}" in found.stdout
