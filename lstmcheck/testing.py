"""Gradient checks inside a test, of any framework.

from lstmcheck.testing import assert_gradients
assert_gradients(forward, backward, hidden_size=6)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lstmcheck.judge.results import Report


def assert_gradients(
    forward: Callable[..., Any],
    backward: Callable[..., Any] | None = None,
    *,
    hidden_size: int,
    input_size: int = 4,
    length: int = 5,
    batch: int = 3,
    protocol: str = "plain",
    convention: str | dict[str, Any] | None = None,
    conformance: bool = True,
    bias: str = "one",
    rtol: float = 1e-6,
    blocks: Sequence[str] | str = "all",
    entries: int | str = "all",
    dtype: str = "float64",
    seed: int = 0,
    timeout: float | None = None,
    **sections: dict[str, Any],
) -> Report:
    """Assert that a backward pass is the derivative of its forward pass; returns the report.

    The functions follow `protocol`; `loss` and `torch` have one only. Sizes are D, H, T and B. Gradients of
    `blocks`, as ["W", "x"], must come back; of all that the protocol can return unless given.
    `conformance=False` leaves that out, of a network that is no LSTM as declared.
    `sections` are further sections of a configuration, as `loss={"on": ["hidden"]}`.

    Raises AssertionError with what is wrong and, if it is a known mistake, its name; LstmcheckError where the
    functions cannot be run, are not as many as the protocol calls, or return other shapes than it has, and
    where a setting is wrong or contradicts another.
    """
    __tracebackhide__ = True
    from lstmcheck import check
    from lstmcheck.config import make_config
    from lstmcheck.judge.verdict import Verdict
    from lstmcheck.report.run.failure import message

    target = {"module": getattr(forward, "__module__", None) or "__main__", "protocol": protocol}
    settings = {
        "name": getattr(forward, "__qualname__", type(forward).__name__),
        "seed": seed,
        "lstm": {"input_size": input_size, "hidden_size": hidden_size, **_given_bias(bias)},
        "sequence": {"length": length, "batch": batch},
        "check": {"rtol": rtol, "blocks": blocks, "entries": entries},
        "target": {**target, "convention": convention, "dtype": dtype, "timeout": timeout},
    }
    config = make_config(_merged(settings, sections))
    functions = [forward] if backward is None else [forward, backward]
    report = check(config, functions=functions)
    wanted = [report.gradient, report.coverage.verdict, *_others(report, conformance)]
    if Verdict.worst(wanted) != Verdict.PASS:
        raise AssertionError(message(report))
    return report


def _given_bias(bias: str) -> dict[str, str]:
    """A torch module decides itself, unless another bias than the usual one is asked for."""
    return {} if bias == "one" else {"bias": bias}


def _merged(settings: dict[str, Any], sections: dict[str, Any]) -> dict[str, Any]:
    """What is given of a section, beside ours. What is no section is told by the configuration."""
    return settings | {
        name: settings.get(name, {}) | given if isinstance(given, dict) else given
        for name, given in sections.items()
    }


def _others(report: Report, conformance: bool) -> list[Any]:
    assert report.target is not None
    asked = report.target.conformance if conformance else None
    behaviour = [each.verdict for each in report.target.behaviour if each.verdict]
    answers = [each.verdict for each in (report.target.purity, asked) if each]
    return [*answers, *behaviour]
