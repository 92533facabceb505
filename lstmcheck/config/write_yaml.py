"""Values and whole configurations as YAML: on one line, or as a document."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import RoundTripRepresenter

ONE_LINE = ("activations", "arrays", "convention")
"""Sections that are short enough."""
PLAIN = re.compile("(?!(?i:true|false|null)$)[a-zA-Z_/][a-zA-Z0-9_./-]*")
"""Text that YAML reads as text."""


def format_value(value: Any) -> str:
    """A value as YAML has it on one line; text that could be taken for something else is in quotes."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(format_value, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {format_value(each)}' for key, each in value.items())}}}"
    if isinstance(value, str):
        return value if PLAIN.fullmatch(value) else in_quotes(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value).replace("inf", ".inf").replace("nan", ".nan")
    return str(value)


def in_quotes(text: str) -> str:
    """Text that YAML takes for nothing else."""
    return "'" + text.replace("'", "''") + "'"


def format_document(data: Mapping[str, Any]) -> str:
    """Keys and values as a YAML file has them, a line each, with the comments that `data` may have."""
    yaml = YAML()
    yaml.Representer = _Representer
    yaml.width = 2**31
    stream = StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()


def commentable(data: Mapping[str, Any]) -> CommentedMap:
    """The same as ruamel's mappings, which take comments; short sections and tuples are on one line."""
    mapping = CommentedMap({key: _node(value) for key, value in data.items()})
    for key in ONE_LINE:
        if isinstance(mapping.get(key), CommentedMap):
            mapping[key].fa.set_flow_style()
    return mapping


def _node(value: Any) -> Any:
    if isinstance(value, dict):
        return commentable(value)
    if not isinstance(value, tuple):
        return value
    items = CommentedSeq(value)
    items.fa.set_flow_style()
    return items


class _Representer(RoundTripRepresenter):
    def represent_none(self, data: None) -> ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:null", "null")

    def represent_float(self, data: float) -> ScalarNode:
        mantissa, mark, exponent = repr(data).partition("e")
        # With a point even readers of YAML 1.1 take it for a number.
        text = f"{mantissa}{'' if '.' in mantissa else '.0'}{mark}{exponent}"
        return self.represent_scalar("tag:yaml.org,2002:float", text)


_Representer.add_representer(type(None), _Representer.represent_none)
_Representer.add_representer(float, _Representer.represent_float)
