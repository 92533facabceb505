"""What a shell offers after Tab: imported values are looked up only then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Offer = tuple[str, str]
"""A value, and what it is."""


def mistakes(incomplete: str) -> list[Offer]:
    """Ids of known mistakes."""
    from lstmcheck.mistakes.catalogue import CATALOGUE

    return [(id_, each.title) for id_, each in CATALOGUE.items() if id_.startswith(incomplete)]


def protocols(incomplete: str) -> list[str]:
    """Names of protocols."""
    from lstmcheck.protocol_capabilities import PROTOCOLS

    return [name for name in PROTOCOLS if name.startswith(incomplete)]


def conventions(incomplete: str) -> list[Offer]:
    """Names of conventions, with the order of their gates."""
    from lstmcheck.conventions.table import CONVENTIONS

    return [(name, " ".join(each.gates)) for name, each in CONVENTIONS.items() if name.startswith(incomplete)]


def settings(incomplete: str) -> list[Offer]:
    """`KEY=` for every key of a configuration; after it the values, where they can be listed."""
    key, given, value = incomplete.partition("=")
    keys = dict(_keys())
    if not given:
        return [(f"{name}=", schema["description"]) for name, schema in keys.items() if name.startswith(key)]
    words = list(map(str, _words(keys.get(key, {}))))
    # Of `--axis KEY=V,V` the last is completed.
    before, comma, last = value.rpartition(",")
    return [(f"{key}={before}{comma}{word}", "") for word in words if word.startswith(last)]


def exports(incomplete: str, command: str) -> list[str]:
    """`FORMAT=` for every format that a command exports."""
    from lstmcheck.report.formats import export_formats

    return [f"{name}=" for name in export_formats(command) if name.startswith(incomplete)]


def _keys() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every key of a section, with its schema."""
    from lstmcheck.config.schema import schema

    whole = schema()
    for name, section in whole["properties"].items():
        properties = _section(section, whole).get("properties")
        if properties is None:
            yield name, section
        else:
            yield from ((f"{name}.{key}", {"description": "", **each}) for key, each in properties.items())


def _section(schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """What a reference stands for, or the one of several choices that has keys."""
    for each in (schema, *schema.get("anyOf", ()), *schema.get("allOf", ())):
        if reference := each.get("$ref"):
            found: dict[str, Any] = whole["$defs"][reference.rpartition("/")[2]]
            return found
    return schema


def _words(schema: dict[str, Any]) -> Iterator[Any]:
    """The values that a key takes, where they can be listed."""
    for each in (schema, *schema.get("anyOf", ())):
        yield from each.get("enum", ())
        if "const" in each:
            yield each["const"]
        if each.get("type") == "boolean":
            yield from ("true", "false")
