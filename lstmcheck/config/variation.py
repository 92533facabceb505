"""One configuration with other values for some keys: in Python, and as the axes of a sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lstmcheck.config.config import Config
from lstmcheck.config.place import Place, refuse
from lstmcheck.config.read_yaml import value_of
from lstmcheck.config.source import Source, source_of_settings, written
from lstmcheck.config.validation import make_config, refuse_wrong_values, validate
from lstmcheck.errors import LstmcheckError

Values = tuple[Any, ...]


def with_values(config: Config, values: Mapping[str, Any]) -> Config:
    """`config` with other values for some dotted keys, such as `{"lstm.hidden_size": 16}`.

    A value is what YAML would have there: a list or a tuple, a dict for a section, None. The sweep is left
    out. Raises LstmcheckError where a value is wrong or keys then contradict each other.
    """
    varied = make_config(_with_values(config, values))
    varied._source = config._source
    return varied


def with_written(config: Config, values: Mapping[str, Any], option: str) -> Config:
    """`config` as if values of dotted keys had been written in it, by an option of the command line.

    Unlike `with_values` it knows what was written and what is a default. Raises LstmcheckError with every
    problem at once.
    """
    source = config._source or source_of_settings(config.model_dump(exclude_unset=True))
    for key, value in values.items():
        source = source.with_value(tuple(key.split(".")), written(value, lambda _: Place(option)))
    return validate(source)


def _with_values(config: Config, values: Mapping[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = config.model_dump(exclude={"sweep"})
    for key, value in values.items():
        data = _replaced(data, key.split("."), value)
    return data


def _replaced(data: dict[str, Any], keys: Sequence[str], value: Any) -> dict[str, Any]:
    first, *rest = keys
    if not rest:
        return data | {first: value}
    section = data.get(first)
    return data | {first: _replaced(section if isinstance(section, dict) else {}, rest, value)}


def refuse_wrong_axis(config: Config, key: str, values: Values, place: Place) -> None:
    """Raises LstmcheckError for an axis whose key does not exist or cannot have one of the values."""
    if len({repr(value) for value in values}) < len(values):
        raise LstmcheckError([place.problem(f"a value of {key} is there twice.", "Name it once.")])
    if key.partition(".")[0] in ("sweep", "seed"):
        raise LstmcheckError([place.problem(f"{key} cannot be an axis.", "More seeds: sweep.seeds.")])
    for value in values:
        settings = written(_with_values(config, {key: value}), lambda _: place)
        refuse_wrong_values(Source(str(place), Path(), settings))


def parse_axes(options: Sequence[str]) -> dict[str, Values]:
    """Axes out of `lstm.hidden_size=1,2,8` options. Raises LstmcheckError."""
    axes: dict[str, Values] = {}
    for option in options:
        key, equals, values = (part.strip() for part in option.partition("="))
        where = f"--axis {option}"
        if not (key and equals and values):
            raise LstmcheckError("expected KEY=VALUE,VALUE,…, as in lstm.hidden_size=1,8.", where=where)
        if key in axes:
            raise LstmcheckError(f"{key} is an axis already.", where=where, remedy="Join their values.")
        value, faults = value_of(f"[{values}]", where)
        refuse(faults)
        axes[key] = value.data
    return axes
