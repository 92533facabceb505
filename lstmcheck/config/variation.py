"""One configuration with other values for some keys: the cases of a sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lstmcheck.config.config import Config
from lstmcheck.config.problems import wrong_values
from lstmcheck.config.source import Loc, Place, Source
from lstmcheck.config.yamltext import override_source
from lstmcheck.errors import LstmcheckError

Values = tuple[Any, ...]


def varied(config: Config, values: Mapping[str, Any]) -> Config:
    """`config` with `values` by dotted key; the sweep itself is left out.

    Raises LstmcheckError where the keys contradict each other.
    """
    found = Config.model_validate(_with_values(config, values))
    found._source = config._source
    return found


def refuse_wrong_axis(config: Config, key: str, values: Values, place: Place) -> None:
    """Raises LstmcheckError for an axis whose key does not exist or cannot have one of the values."""
    if len({repr(value) for value in values}) < len(values):
        raise LstmcheckError([place.problem(f"a value of {key} is there twice.", "Name it once.")])
    loc: Loc = tuple(key.split("."))
    if loc[0] in ("sweep", "seed"):
        raise LstmcheckError([place.problem(f"{key} cannot be an axis.", "More seeds: sweep.seeds.")])
    places = {loc[:end]: place for end in range(1, len(loc) + 1)}
    for value in values:
        source = Source(str(place), Path(), _with_values(config, {key: value}), places, places)
        if problems := wrong_values(source):
            raise LstmcheckError(problems)


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
        source = override_source(f"[{values}]", where)
        if source.told:
            raise LstmcheckError([problem for _, problem in source.told])
        axes[key] = source.data["value"]
    return axes


def _with_values(config: Config, values: Mapping[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = config.model_dump(exclude={"sweep"})
    for key, value in values.items():
        section = data
        *sections, last = key.split(".")
        for name in sections:
            inner = section.get(name)
            section[name] = dict(inner) if isinstance(inner, dict) else {}
            section = section[name]
        section[last] = value
    return data
