"""Faults of a target on their way between two processes, and the kind that ends the conversation."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from lstmcheck.errors import LstmcheckError, Problem

CLOSED = 117
"""Exit code of a target's process that has lost its pipes."""


class EndedError(LstmcheckError):
    """It ended its process, or took too long: to ask it something else would be to wait for nothing."""


def plain_fault(error: LstmcheckError) -> dict[str, Any]:
    """An error as plain data."""
    return {"ended": isinstance(error, EndedError), "problems": [asdict(each) for each in error.problems]}


def fault_of_plain(found: Mapping[str, Any]) -> LstmcheckError:
    """The reverse."""
    kind = EndedError if found["ended"] else LstmcheckError
    return kind([Problem(**each) for each in found["problems"]])


MORE = "--timeout SECONDS allows it more."


def too_long(name: str, seconds: float | None) -> str:
    """What is said of a call that was stopped."""
    return f"{name} had not returned after {seconds:g} s; it was here."


def describe_end(code: int | None) -> str:
    """How a process ended, in words."""
    if code in (None, CLOSED):
        return "closed the files of its process"
    assert code is not None
    if code >= 0:
        return f"ended its process, with exit code {code}"
    number = -code
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    hint = ", as systems do that run out of memory" if number == signal.SIGKILL else ""
    return f"ended its process by {name} ({signal.strsignal(number)}){hint}"
