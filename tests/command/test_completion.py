"""What a shell offers after Tab."""

from __future__ import annotations

import pytest
from command_runner import invoke
from typer.testing import CliRunner

from lstmcheck.cli.app import app


def offered(words: str) -> list[str]:
    """What bash is offered after the last of these words."""
    environment = {
        "_ROOT_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
    }
    return CliRunner().invoke(app, prog_name="root", env=environment).stdout.splitlines()


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("lstmcheck run a.yaml --mistake cell-carry-d", "cell-carry-dropped"),
        ("lstmcheck run a.yaml --protocol cs231n-s", "cs231n-step"),
        ("lstmcheck run a.yaml --convention ker", "keras"),
        ("lstmcheck run a.yaml --set lstm.hid", "lstm.hidden_size="),
        ("lstmcheck run a.yaml --set check.meth", "check.method="),
        ("lstmcheck run a.yaml --set check.method=dir", "check.method=directions"),
        ("lstmcheck run a.yaml --set lstm.bidirectional=t", "lstm.bidirectional=true"),
        ("lstmcheck run a.yaml --set target.proto", "target.protocol="),
        ("lstmcheck sweep a.yaml --axis lstm.bias=one,t", "lstm.bias=one,two"),
        ("lstmcheck run a.yaml --export jun", "junit="),
        ("lstmcheck run a.yaml --output-format mark", "markdown"),
    ],
)
def test_values_are_completed(words: str, wanted: str) -> None:
    assert wanted in offered(words)


def test_nothing_is_offered_of_what_is_not_known() -> None:
    assert "".join(offered("lstmcheck run a.yaml --set nonsense.k")) == ""


def test_help_has_groups_examples_and_no_types_of_programs() -> None:
    text = invoke("run", "--help").stdout
    for group in ("What is shown and written", "Your own LSTM", "How it runs"):
        assert group in text
    assert "lstmcheck run my.yaml --set lstm.num_layers=2 --seed 7" in text
    assert "range" not in text
