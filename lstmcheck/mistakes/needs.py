"""What a mistake needs of a configuration before it can show, and which keys bring that about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lstmcheck.config import Config, format_value, with_values

Changes = dict[str, Any]
"""Dotted keys of a configuration, with new values."""


@dataclass(frozen=True)
class Need:
    """A requirement by its name. Without a `feature` there is nothing to get wrong, so no mistake.

    A need that is no feature is a matter of what the check looks at: without it the mistake stays hidden.
    """

    name: str
    holds: Callable[[Config], bool]
    changes: Callable[[Config], Changes]
    feature: bool = False
    settled: Callable[[Config], bool] = lambda config: False
    """Whether what is checked rules it out for good, as a loss that was not drawn does."""


def _feature(name: str, holds: Callable[[Config], bool], **changes: Any) -> Need:
    keys = {key.replace("__", "."): value for key, value in changes.items()}
    return Need(name, holds, lambda config: keys, feature=True)


PEEPHOLE = _feature("peephole", lambda c: c.lstm.peephole, lstm__peephole=True)
COUPLED = _feature("coupled", lambda c: c.lstm.coupled, lstm__coupled=True)
FORGET_GATE = _feature("not coupled", lambda c: not c.lstm.coupled, lstm__coupled=False)
BIDIRECTIONAL = _feature("bidirectional", lambda c: c.lstm.bidirectional, lstm__bidirectional=True)
TWO_LAYERS = _feature("layers>=2", lambda c: c.lstm.num_layers >= 2, lstm__num_layers=2)
THREE_LAYERS = _feature("layers>=3", lambda c: c.lstm.num_layers >= 3, lstm__num_layers=3)
BIAS = _feature("bias", lambda c: c.lstm.bias != "none", lstm__bias="one")
TWO_BIASES = _feature("two biases", lambda c: c.lstm.bias == "two", lstm__bias="two")
MATRIX = Need(
    "P>=2",
    lambda c: (c.lstm.proj_size or c.lstm.hidden_size) >= 2,
    lambda c: (
        {"lstm.proj_size": 2, "lstm.hidden_size": max(3, c.lstm.hidden_size)}
        if c.lstm.proj_size
        else {"lstm.hidden_size": 2}
    ),
    feature=True,
)


def _bends(name: str, *, twice: bool = False) -> Need:
    """The derivative of an activation is no constant; `twice`: nor one of a few constants."""
    plain = ("identity", "relu", "hard_sigmoid") if twice else ("identity",)
    needed = f"{name} is none of {', '.join(plain)}" if twice else f"{name} is not identity"
    usual = "sigmoid" if name == "gate" else "tanh"
    key = f"lstm.activations.{name}"
    return Need(
        needed,
        lambda c: getattr(c.lstm.activations, name) not in plain,
        lambda c: {key: usual},
        feature=True,
    )


GATE_DERIVATIVE, CANDIDATE_DERIVATIVE, OUTPUT_NOT_IDENTITY = map(_bends, ("gate", "candidate", "output"))
GATE_CURVED, CANDIDATE_CURVED, OUTPUT_CURVED = (
    _bends(name, twice=True) for name in ("gate", "candidate", "output")
)
PROJECTION = Need(
    "projection",
    lambda c: c.lstm.proj_size is not None,
    lambda c: {
        "lstm.hidden_size": max(2, c.lstm.hidden_size),
        "lstm.proj_size": max(1, c.lstm.hidden_size - 1),
    },
    feature=True,
)
NO_PROJECTION = _feature("no projection", lambda c: c.lstm.proj_size is None, lstm__proj_size=None)
SAME_WIDTHS = Need(
    "D=P",
    lambda c: c.lstm.input_size == (c.lstm.proj_size or c.lstm.hidden_size),
    lambda c: {"lstm.input_size": c.lstm.proj_size or c.lstm.hidden_size},
    feature=True,
)
OTHER_WIDTHS = Need(
    "D and P not equal",
    lambda c: c.lstm.input_size != (c.lstm.proj_size or c.lstm.hidden_size),
    lambda c: {"lstm.input_size": 1 + (c.lstm.proj_size or c.lstm.hidden_size)},
    feature=True,
)
LENGTHS = Need(
    "lengths",
    lambda c: c.sequence.lengths is not None and min(c.sequence.lengths) < c.sequence.length,
    lambda c: {"sequence.lengths": [c.sequence.length] * (c.sequence.batch - 1) + [1]},
    feature=True,
)
UNSORTED_LENGTHS = Need(
    "lengths that rise somewhere",
    lambda c: c.sequence.lengths is not None and list(c.sequence.lengths) != sorted(c.sequence.lengths)[::-1],
    lambda c: {"sequence.batch": max(2, c.sequence.batch), "sequence.lengths": _rising(c)},
    feature=True,
)


def _rising(config: Config) -> list[int]:
    return [1] + [config.sequence.length] * max(1, config.sequence.batch - 1)


def _steps(count: int) -> Need:
    return Need(
        f"T>={count}",
        lambda c: (max(c.sequence.lengths) if c.sequence.lengths else c.sequence.length) >= count,
        lambda c: {"sequence.length": count, **_longer(c, count)},
    )


def _longer(config: Config, count: int) -> Changes:
    lengths = config.sequence.lengths
    return {} if lengths is None else {"sequence.lengths": [count, *lengths[1:]]}


TWO_STEPS, THREE_STEPS = _steps(2), _steps(3)


def _wider_batch(config: Config) -> Changes:
    lengths = config.sequence.lengths
    more = {} if lengths is None else {"sequence.lengths": [*lengths, lengths[0]]}
    return {"sequence.batch": 2, **more}


TWO_SEQUENCES = Need("B>=2", lambda c: c.sequence.batch >= 2, _wider_batch)
RANDOM_STATES = Need(
    "random states",
    lambda c: c.sequence.initial_state == "random",
    lambda c: {"sequence.initial_state": "random"},
)


def _loss_on(part: str) -> Need:
    return Need(
        f"loss on {part}",
        lambda c: part in c.loss.on,
        lambda c: {"loss.on": [p for p in ("outputs", "hidden", "cell") if p in c.loss.on or p == part]},
        settled=lambda c: c.loss.kind != "projection",
    )


LOSS_ON_OUTPUTS, LOSS_ON_HIDDEN, LOSS_ON_CELL = map(_loss_on, ("outputs", "hidden", "cell"))
ALL_BLOCKS = Need("all blocks", lambda c: c.check.blocks == "all", lambda c: {"check.blocks": "all"})
ALL_ENTRIES = Need("all entries", lambda c: c.check.entries == "all", lambda c: {"check.entries": "all"})
FINE_TOLERANCE = Need("rtol<=1e-6", lambda c: c.check.rtol <= 1e-6, lambda c: {"check.rtol": 1e-6})

OF_THE_CHECK = (
    TWO_STEPS,
    THREE_STEPS,
    TWO_SEQUENCES,
    RANDOM_STATES,
    LOSS_ON_OUTPUTS,
    LOSS_ON_HIDDEN,
    LOSS_ON_CELL,
    ALL_BLOCKS,
    ALL_ENTRIES,
    FINE_TOLERANCE,
)
"""Everything that a check may lack, and not the network."""


def changed(config: Config, changes: Changes) -> Config:
    """The configuration with some keys replaced, and drawn numbers in the place of those from a file.

    Raises LstmcheckError where the keys then contradict each other.
    """
    return with_values(config, {"arrays": None, **changes})


def format_changes(changes: Changes) -> str:
    """The keys as a configuration has them: `sequence.length: 2, loss.on: [outputs, cell]`."""
    return ", ".join(f"{key}: {format_value(value)}" for key, value in changes.items())
