"""Checks that the backward pass of an LSTM is the derivative of its forward pass.

from lstmcheck import load, check
report = check(load("small.yaml"))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lstmcheck.config import Config, load, parse
    from lstmcheck.errors import LstmcheckError
    from lstmcheck.judge.results import Report
    from lstmcheck.judge.verdict import Verdict
    from lstmcheck.notebook import check

__version__ = "0.1.0"
__all__ = ["Config", "LstmcheckError", "Report", "Verdict", "check", "load", "parse"]

_HOMES = {
    "Config": "config",
    "LstmcheckError": "errors",
    "Report": "judge.results",
    "Verdict": "judge.verdict",
    "check": "notebook",
    "load": "config",
    "parse": "config",
}


def __getattr__(name: str) -> Any:
    # Imported when asked for: a command that only prints its help must not wait for numpy.
    if name not in _HOMES:
        raise AttributeError(f"module 'lstmcheck' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"lstmcheck.{_HOMES[name]}"), name)
