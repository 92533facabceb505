"""The bar on stderr."""

from __future__ import annotations

import io
import sys

import pytest

from lstmcheck.report import progress
from lstmcheck.report.progress import Pace, format_seconds


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_never_goes_back_and_is_not_full_before_the_end() -> None:
    pace, shares = Pace(), []
    for done, expected in [(10, 100), (100, 100), (110, 400), (400, 400), (410, 420)]:
        shares.append(pace.advance(done, expected))
    assert shares == sorted(shares)
    assert max(shares) < 1


def test_what_is_left_follows_from_the_pace() -> None:
    now = [0.0]
    pace = Pace(lambda: now[0])
    now[0] = 50.0  # that a target took to answer other questions
    pace.advance(0, 100)
    assert pace.left == float("inf")
    now[0] = 60.0
    assert not pace.is_known
    pace.advance(1, 100)
    assert pace.is_known
    assert pace.left == pytest.approx(990)


@pytest.mark.parametrize(
    ("seconds", "told"), [(4.4, "4 s"), (119, "119 s"), (720, "12 min"), (1.044e6, "290 h")]
)
def test_seconds_are_told_in_units_that_people_have(seconds: float, told: str) -> None:
    assert format_seconds(seconds) == told


def test_long_work_is_told_once_what_would_shorten_it(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = Terminal()
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setattr(progress, "KNOWN_AFTER", -1.0)
    monkeypatch.setattr(progress, "LONG", -1.0)
    with progress.progress("mine", "Take less.") as advance:
        advance(1, 100)
        advance(2, 100)
    assert stderr.getvalue().count("left. Take less.") == 1


def test_a_pipe_gets_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    with progress.progress("mine", "Take less.") as advance:
        advance(1, 100)
    assert stderr.getvalue() == ""
