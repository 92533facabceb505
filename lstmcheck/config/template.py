"""Configurations written: one with its defaults filled in, and a commented one to start from."""

from __future__ import annotations

from ruamel.yaml.comments import CommentedMap

from lstmcheck.config.config import Config
from lstmcheck.config.section_base import Section
from lstmcheck.config.write_yaml import ONE_LINE, commentable, format_document

COMMENT_COLUMN = 32
BUILT_IN_NAME = "<built-in>"
BUILT_IN = "lstm: {input_size: 4, hidden_size: 6}\n"
"""What a target is checked with where nobody brings a configuration: the sizes of the template."""

HEADER = """\
# A starting point with every key at its default, apart from the two sizes of lstm that have none.
# For completion in editors: lstmcheck schema > lstmcheck.schema.json
# yaml-language-server: $schema=lstmcheck.schema.json

"""


def show(config: Config) -> str:
    """The configuration as YAML with all defaults filled in; it loads to an equal one from any folder."""
    return format_document(commentable(config.portable()))


def template() -> str:
    """A commented configuration to start from.

    Its sizes let a check see as much as it can: no two are equal, and every state is random.
    """
    config = Config.model_validate({"lstm": {"input_size": 4, "hidden_size": 6}})
    data = commentable(config.model_dump(exclude={"name"}))
    _comment(data, config)
    name = f"name: my-lstm{' ' * (COMMENT_COLUMN - 15)}# {Config.model_fields['name'].description}"
    data.yaml_set_comment_before_after_key("seed", before=name)
    return HEADER + format_document(data)


def _comment(mapping: CommentedMap, section: Section) -> None:
    """Puts each key's description behind it."""
    for key, field in type(section).model_fields.items():
        if key in mapping:
            mapping.yaml_add_eol_comment(str(field.description), key, column=COMMENT_COLUMN)
        inner = getattr(section, key)
        if isinstance(inner, Section) and key not in ONE_LINE:
            _comment(mapping[key], inner)
