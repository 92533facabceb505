"""From a failing case to the smallest configuration that still fails, axis by axis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lstmcheck.config import Config, with_values
from lstmcheck.config.section_base import Section
from lstmcheck.config.sections import ActivationsConfig, ArraysConfig
from lstmcheck.config.target_section import TargetConfig
from lstmcheck.errors import LstmcheckError

Fails = Callable[[Config], bool]

SWITCHED_OFF: dict[str, Any] = {
    "arrays": None,
    "check.blocks": "all",
    "check.entries": "all",
    "lstm.bidirectional": False,
    "lstm.peephole": False,
    "lstm.coupled": False,
    "lstm.proj_size": None,
    "lstm.bias": "none",
    "lstm.forget_bias": 0.0,
    "lstm.init_scale": None,
    "lstm.activations": {},
    "sequence.lengths": None,
    "loss.kind": "projection",
    "loss.reduce": "sum",
    "loss.scale": 1.0,
    "sequence.initial_state": "zero",
    "sequence.inputs": "normal",
}
"""The simplest value of each switch, tried as it stands."""
SIZES = ("lstm.num_layers", "sequence.length", "sequence.batch", "lstm.hidden_size", "lstm.input_size")
"""Tried from 1 upwards."""
OPTIONAL: dict[str, type[Section]] = {"arrays": ArraysConfig, "target": TargetConfig}
"""Sections that a configuration may not have."""


def shrink(config: Config, fails: Fails) -> Config:
    """The smallest configuration found that still `fails`, starting from one that does.

    Makes one key after the other simpler, until none can be made any simpler. Two that fail differently are
    not told apart: the smallest may show another side of the same mistake.
    """
    before = None
    while config != before:
        before = config
        # Sizes first: they save the most work.
        for key in (*SIZES, *SWITCHED_OFF):
            config = next(filter(fails, _simpler(config, key)), config)
    return config


def _simpler(config: Config, key: str) -> Iterator[Config]:
    """Configurations in which one key is simpler, the simplest first."""
    if key in SIZES:
        for size in _smaller(_at(config, key)):
            yield from _possible(config, {key: size})
    elif _at(config, key) != _normal(SWITCHED_OFF[key]):
        yield from _possible(config, {key: SWITCHED_OFF[key]})


def _smaller(size: int) -> Iterator[int]:
    """1, 2, 3, then doubling: the first that fails is nearly the smallest, and later rounds refine it."""
    candidate = 1
    while candidate < size:
        yield candidate
        candidate += 1 if candidate < 4 else candidate // 2
    if size > 5:
        yield size - 1


def _possible(config: Config, values: dict[str, Any]) -> Iterator[Config]:
    """The varied configuration, its lengths cut to fit; nothing where it makes no sense."""
    lengths = config.sequence.lengths
    if lengths is not None:
        length = values.get("sequence.length", config.sequence.length)
        batch = values.get("sequence.batch", config.sequence.batch)
        fitting = tuple(min(each, length) for each in lengths[:batch])
        values = {"sequence.lengths": fitting} | values
    try:
        yield with_values(config, values)
    except LstmcheckError:
        return


def _at(config: Config, key: str) -> Any:
    found: Any = config
    for part in key.split("."):
        found = getattr(found, part)
    return found


def _normal(value: Any) -> Any:
    return ActivationsConfig() if value == {} else value


def differences(config: Config, base: Config) -> dict[str, Any]:
    """Dotted keys whose values differ from the base's, with their values; files are absolute.

    Of a section that the base lacks, the keys that are not at their default.
    """
    data, other = config.portable(), base.portable()
    for name, section in OPTIONAL.items():
        if data[name] is not None and other[name] is None:
            other[name] = {key: _plain(field.default) for key, field in section.model_fields.items()}
    return dict(_differences(data, other, ""))


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, Section) else value


def _differences(data: dict[str, Any], base: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            yield from _differences(value, base[key], f"{prefix}{key}.")
        elif value != base.get(key) and key != "sweep":
            yield f"{prefix}{key}", value
