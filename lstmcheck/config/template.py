"""Configurations written: one with its defaults filled in, and a commented one to start from."""

from __future__ import annotations

from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import RoundTripRepresenter

from lstmcheck.config.config import Config
from lstmcheck.config.section import Section

COMMENT_COLUMN = 32
ONE_LINE = ("activations", "arrays", "convention")

HEADER = """\
# A starting point with every key at its default, apart from the two sizes of lstm that have none.
# For completion in editors: lstmcheck schema > lstmcheck.schema.json
# yaml-language-server: $schema=lstmcheck.schema.json

"""


def show(config: Config) -> str:
    """The configuration as YAML with all defaults filled in; it loads to an equal one from any folder."""
    return _yaml(_mapping(config.portable()))


def template() -> str:
    """A commented configuration to start from.

    Its sizes let a check see as much as it can: no two are equal, and every state is random.
    """
    config = Config.model_validate({"lstm": {"input_size": 4, "hidden_size": 6}})
    data = _mapping(config.model_dump(exclude={"name"}))
    _comment(data, config)
    name = f"name: my-lstm{' ' * (COMMENT_COLUMN - 15)}# {Config.model_fields['name'].description}"
    data.yaml_set_comment_before_after_key("seed", before=name)
    return HEADER + _yaml(data)


def _mapping(data: dict[str, Any]) -> CommentedMap:
    mapping = CommentedMap({key: _node(value) for key, value in data.items()})
    for key in ONE_LINE:
        if isinstance(mapping.get(key), CommentedMap):
            mapping[key].fa.set_flow_style()
    return mapping


def _node(value: Any) -> Any:
    if isinstance(value, dict):
        return _mapping(value)
    if not isinstance(value, tuple):
        return value
    items = CommentedSeq(value)
    items.fa.set_flow_style()
    return items


def _comment(mapping: CommentedMap, section: Section) -> None:
    """Puts each key's description behind it."""
    for key, field in type(section).model_fields.items():
        if key in mapping:
            mapping.yaml_add_eol_comment(str(field.description), key, column=COMMENT_COLUMN)
        inner = getattr(section, key)
        if isinstance(inner, Section) and key not in ONE_LINE:
            _comment(mapping[key], inner)


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


def _yaml(data: CommentedMap) -> str:
    yaml = YAML()
    yaml.Representer = _Representer
    yaml.width = 2**31
    stream = StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()
