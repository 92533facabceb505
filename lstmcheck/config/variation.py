"""One configuration with other values for some keys: in Python, and as the axes of a sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lstmcheck.config.config import Config
from lstmcheck.config.place import Loc, Place, refuse
from lstmcheck.config.problems import make_config, refuse_wrong_values
from lstmcheck.config.source import Source, source_of_settings, written
from lstmcheck.config.yamltext import value_of
from lstmcheck.errors import LstmcheckError

Values = tuple[Any, ...]


def with_values(config: Config, values: Mapping[str, Any]) -> Config:
    """`config` with other values for some dotted keys, such as `{"lstm.hidden_size": 16}`.

    A value is what YAML would have there: a list or a tuple, a dict for a section, None. The sweep is left
    out. Raises LstmcheckError where a value is wrong or keys then contradict each other.
    """
    source = source_of_settings(config.model_dump(exclude={"sweep"}))
    for key, value in values.items():
        source = _with_value(source, key, value, Place(key))
    varied = make_config(source.data)
    varied._source = config._source
    return varied


def _with_value(source: Source, key: str, value: Any, place: Place) -> Source:
    return source.with_value(_loc(key), written(value, lambda _: place))


def _loc(key: str) -> Loc:
    return tuple(key.split("."))


def refuse_wrong_axis(config: Config, key: str, values: Values, place: Place) -> None:
    """Raises LstmcheckError for an axis whose key does not exist or cannot have one of the values."""
    if len({repr(value) for value in values}) < len(values):
        raise LstmcheckError([place.problem(f"a value of {key} is there twice.", "Name it once.")])
    if _loc(key)[0] in ("sweep", "seed"):
        raise LstmcheckError([place.problem(f"{key} cannot be an axis.", "More seeds: sweep.seeds.")])
    settings = source_of_settings(config.model_dump(exclude={"sweep"}))
    for value in values:
        refuse_wrong_values(_with_value(settings, key, value, place))


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
