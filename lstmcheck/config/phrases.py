"""What a key wants and what it got, in words, from the same schema that editors read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from lstmcheck.config.place import Loc
from lstmcheck.config.schema import schema
from lstmcheck.config.write_yaml import format_value
from lstmcheck.errors import did_you_mean

Schema = dict[str, Any]
LONGEST_QUOTE = 40
HUGE = 10**LONGEST_QUOTE
WORDS_FOR_BOOLEANS = ("yes", "no", "on", "off", "true", "false")


@cache
def _root() -> Schema:
    return schema()


def schema_at(loc: Loc) -> Schema:
    """The schema of the key at `loc`, its description included."""
    schema = _root()
    for part in loc:
        schema = next(_inside(schema, part))
    return schema


def _inside(schema: Schema, part: str | int) -> Iterator[Schema]:
    for each in _alternatives(schema):
        if isinstance(part, int) and "items" in each:
            yield each["items"]
        elif part in each.get("properties", {}):
            yield each["properties"][part]
        elif isinstance(each.get("additionalProperties"), dict):
            yield each["additionalProperties"]


def _alternatives(schema: Schema) -> list[Schema]:
    if "anyOf" in schema:
        return [resolved for each in schema["anyOf"] for resolved in _alternatives(each)]
    if "$ref" in schema:
        return [_root()["$defs"][schema["$ref"].rpartition("/")[2]]]
    return [schema]


@cache
def sections() -> dict[str, tuple[str, ...]]:
    """The keys of each section, by its dotted name; the top level is the empty name."""
    return dict(_sections("", _root()))


def _sections(name: str, schema: Schema) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield name, tuple(schema["properties"])
    for key, value in schema["properties"].items():
        for each in _alternatives(value):
            if "properties" in each:
                yield from _sections(f"{name}.{key}".lstrip("."), each)


def describe_expected(schema: Schema, value: Any) -> str:
    """`an integer of at least 1 or null`. An upper bound is named where `value` is beyond it."""
    return " or ".join(_phrase(each, value) for each in _alternatives(schema))


def _phrase(schema: Schema, value: Any) -> str:
    if "enum" in schema:
        return _one_of(schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    return _PHRASES[schema["type"]](schema, value)


def _one_of(choices: Sequence[str]) -> str:
    return f"{', '.join(choices[:-1])} or {choices[-1]}"


def _integer(schema: Schema, value: Any) -> str:
    low, high = schema["minimum"], schema["maximum"]
    if low == high:
        return str(low)
    beyond = isinstance(value, int) and value > high
    return f"an integer from {low} to {high}" if beyond else f"an integer of at least {low}"


def _number(schema: Schema, value: Any) -> str:
    if "not" in schema:
        return f"a number of size {schema['not']['exclusiveMaximum']:g} to {schema['maximum']:g}"
    bounds = {"above": schema.get("exclusiveMinimum"), "below": schema.get("exclusiveMaximum")}
    phrases = [f"{side} {bound}" for side, bound in bounds.items() if bound is not None]
    return f"a finite number {' and '.join(phrases)}".rstrip()


def _text(schema: Schema, value: Any) -> str:
    if "pattern" in schema:
        return "each of i, f, g and o once"
    return "text" if value else "text that is not empty"


def _list(schema: Schema, value: Any) -> str:
    items = schema["items"]
    if not items:
        return "a list of values"
    if "enum" in items:
        return f"a list of some of {', '.join(items['enum'])}"
    if items["type"] == "string":
        return "a list of words"
    return f"a list of integers of at least {items['minimum']}"


def _keys(schema: Schema, value: Any) -> str:
    some = list(schema.get("properties", {"lstm.hidden_size": None}))[:2]
    return f"keys such as {', '.join(some)}"


_PHRASES = {
    "boolean": lambda schema, value: "true or false",
    "string": _text,
    "null": lambda schema, value: "null",
    "object": _keys,
    "integer": _integer,
    "number": _number,
    "array": _list,
}


def describe_value(value: Any) -> str:
    """A value as a configuration would write it, shortened."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return f"'{value}'" if len(value) <= LONGEST_QUOTE else f"'{value[:LONGEST_QUOTE]}...'"
    if isinstance(value, dict | tuple):
        kind = "a list" if isinstance(value, tuple) else "keys and values"
        return kind if value else f"{kind} without entries"
    if isinstance(value, int) and abs(value) >= HUGE:
        return f"an integer of {value.bit_length()} bits"
    if isinstance(value, int | float):
        return format_value(value)
    return f"an object of type {type(value).__name__}"


def suggest(schema: Schema, value: Any) -> str | None:
    """What was probably meant by a value of the wrong type."""
    if value is None:
        return "Give it a value, or remove the key."
    if not isinstance(value, str):
        return None
    suggestions = (_suggestion(each, value) for each in _alternatives(schema))
    return next(filter(None, suggestions), None)


def _suggestion(schema: Schema, text: str) -> str | None:
    kind = schema.get("type")
    if kind in ("integer", "number") and _is_number(text):
        return "Remove the quotes."
    if kind == "boolean" and text.lower() in WORDS_FOR_BOOLEANS:
        return "YAML 1.2 has true and false, without quotes."
    if kind == "array" and text in schema["items"].get("enum", ()):
        return f"Write [{text}]."
    if "pattern" in schema:
        return "The candidate g may be written c, a or j."
    return did_you_mean(text.lower(), _words(schema))


def _words(schema: Schema) -> list[str]:
    """The words that it chooses from."""
    if "const" in schema:
        return [schema["const"]] if schema.get("type") == "string" else []
    return list(schema.get("enum", ()))


def _is_number(text: str) -> bool:
    try:
        return len(text) <= LONGEST_QUOTE and math.isfinite(float(text))
    except ValueError:
        return False
