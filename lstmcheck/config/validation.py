"""Data → Config, or every problem in it as a sentence with its place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from lstmcheck.config.config import Config
from lstmcheck.config.find_contradictions import contradictions
from lstmcheck.config.phrases import describe_expected, describe_value, schema_at, sections, suggest
from lstmcheck.config.place import Fault, Loc, dotted, refuse
from lstmcheck.config.sections import SUPPORTED_VERSION
from lstmcheck.config.source import Source, source_of_settings
from lstmcheck.errors import did_you_mean

PLACEHOLDERS = {"input_size": 1, "hidden_size": 1}


def validate(source: Source) -> Config:
    """The configuration of a source. Raises LstmcheckError with all its problems, in order of line."""
    data = source.data
    config, wrong = _read(data)
    faults = [*source.faults, *_wrong_values(source, wrong)]
    if wrong:
        config, _ = _read(_repaired(data, wrong))
    if config is not None:
        faults += _contradictions(source, config, wrong)
    refuse(faults)
    assert config is not None, "a configuration without problems is one"
    config._source = source
    return config


def make_config(settings: Mapping[str, Any]) -> Config:
    """The configuration of settings made in Python, which it does not remember the places of.

    Raises LstmcheckError with every wrong value, or with every contradiction.
    """
    with suppress(ValidationError):
        return Config(**settings)
    refuse_wrong_values(source_of_settings(settings))
    raise AssertionError("what pydantic refuses has a sentence of ours")


def refuse_wrong_values(source: Source) -> None:
    """Raises LstmcheckError with all wrong keys and values; contradictions between them do not count."""
    refuse(_wrong_values(source, _read(source.data)[1]))


def _wrong_values(source: Source, wrong: Mapping[Loc, str]) -> Iterator[Fault]:
    return (_sentence(source, loc, kind) for loc, kind in wrong.items())


def _read(data: dict[str, Any]) -> tuple[Config | None, dict[Loc, str]]:
    """The configuration, or where its data are wrong and the kind of each error."""
    try:
        return Config.model_validate(data, context={"rules_later": True}), {}
    except ValidationError as error:
        kinds: dict[Loc, str] = {}
        for each in error.errors(include_url=False, include_context=False, include_input=False):
            kinds.setdefault(_written_loc(each["loc"], data, each["type"]), each["type"])
        wrong_inside = {loc[:end] for loc in kinds for end in range(len(loc))}
        return None, {loc: kind for loc, kind in kinds.items() if loc not in wrong_inside}


def _written_loc(loc: Loc, data: Any, kind: str) -> Loc:
    """`loc` without the names of the alternatives that pydantic tried on the way."""
    written: list[str | int] = []
    for part in loc:
        if part in _parts(data):
            data = data[part]
            written.append(part)
    return (*written, loc[-1]) if kind == "missing" else tuple(written)


def _parts(data: Any) -> Collection[str | int]:
    if isinstance(data, dict):
        return data
    return range(len(data)) if isinstance(data, tuple) else ()


def _sentence(source: Source, loc: Loc, kind: str) -> Fault:
    if kind == "extra_forbidden":
        return source.locate_key(loc), f"unknown key '{loc[-1]}'{_within(loc)}.", _near_key(loc)
    if kind == "missing":
        what = f"missing key '{loc[-1]}'{_within(loc)}."
        return source.locate_key(loc[:-1]), what, f"It is {schema_at(loc)['description']}."
    schema, value = schema_at(loc), _value_at(source.data, loc)
    remedy = suggest(schema, value)
    if loc == ("version",):
        remedy = f"This lstmcheck reads version {SUPPORTED_VERSION}."
    place = source.locate(loc)
    key = "" if dotted(loc) in str(place) else f"{dotted(loc)}: "
    what = f"{key}expected {describe_expected(schema, value)}, got {describe_value(value)}."
    return place, what, remedy


def _within(loc: Loc) -> str:
    return f" in {dotted(loc[:-1])}" if len(loc) > 1 else ""


def _near_key(loc: Loc) -> str:
    key, section = str(loc[-1]), dotted(loc[:-1])
    known = sections()
    head, colon, _ = key.partition(":")
    if colon and head in known[section]:
        return f"A space is missing behind '{head}:'."
    elsewhere = [f"{name}.{key}".lstrip(".") for name, keys in known.items() if key in keys]
    hint = did_you_mean(key.lower(), known[section], otherwise=elsewhere[:1])
    return hint or f"Keys here: {', '.join(known[section])}."


def _value_at(data: Any, loc: Loc) -> Any:
    for part in loc:
        data = data[part]
    return data


def _contradictions(source: Source, config: Config, wrong: Iterable[Loc]) -> Iterator[Fault]:
    wrong_keys = {dotted(_key(loc)) for loc in wrong}
    for loc, what, remedy in contradictions(config, wrong_keys=wrong_keys):
        yield source.locate(loc), what, remedy


def _repaired(data: dict[str, Any], wrong: Iterable[Loc]) -> dict[str, Any]:
    """`data` with defaults for what is wrong, so that rules about the rest can still be asked."""
    kept: dict[str, Any] = _without(data, {_key(loc) for loc in wrong})
    return kept | {"lstm": PLACEHOLDERS | kept.get("lstm", {})}


def _key(loc: Loc) -> Loc:
    """The key itself, where `loc` is an item of a list."""
    return loc[:-1] if isinstance(loc[-1], int) else loc


def _without(data: Any, gone: Collection[Loc], loc: Loc = ()) -> Any:
    if not isinstance(data, dict):
        return data
    inner = {key: (*loc, key) for key in data}
    return {key: _without(data[key], gone, at) for key, at in inner.items() if at not in gone}
