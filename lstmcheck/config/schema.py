"""The JSON schema of configurations, for editors and for the words of messages."""

from __future__ import annotations

from typing import Any

from lstmcheck.config.config import Config

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The JSON schema of a configuration: a description for every key, no other keys allowed."""
    generated = _untitled(Config.model_json_schema())
    head = {
        "$schema": DIALECT,
        "title": "lstmcheck configuration",
        "description": "What is to be checked, and how.",
    }
    return head | {key: value for key, value in generated.items() if key != "description"}


def _untitled(node: Any) -> Any:
    """Without the titles that pydantic derives: they repeat the keys."""
    if isinstance(node, list):
        return [_untitled(each) for each in node]
    if isinstance(node, dict):
        return {key: _untitled(value) for key, value in node.items() if key != "title"}
    return node
