"""Configurations: YAML in, a frozen and validated `Config` out, with the place of every key.

Importing this package imports no numpy: `lstmcheck.arrays` reads and draws the numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lstmcheck.config.adapter import adapter, adapter_file
from lstmcheck.config.c_header import c_header
from lstmcheck.config.config import Config, spec
from lstmcheck.config.overrides import apply_overrides
from lstmcheck.config.place import Place
from lstmcheck.config.process_schema import process_schema
from lstmcheck.config.read_yaml import source_of
from lstmcheck.config.schema import schema
from lstmcheck.config.sections import UNNAMED
from lstmcheck.config.template import BUILT_IN, BUILT_IN_NAME, show, template
from lstmcheck.config.text_files import read_text
from lstmcheck.config.validation import make_config, validate
from lstmcheck.config.variation import with_values
from lstmcheck.config.write_yaml import format_value

__all__ = [
    "Config",
    "Place",
    "adapter",
    "adapter_file",
    "c_header",
    "format_value",
    "load",
    "make_config",
    "name_of",
    "parse",
    "process_schema",
    "schema",
    "show",
    "spec",
    "template",
    "with_values",
]

STDIN_NAME = "<stdin>"


def load(path: str | Path | None, *, seed: int | None = None, overrides: Sequence[str] = ()) -> Config:
    """The configuration in a YAML file, on standard input for `-`, or the built-in one for None.

    `overrides` such as `lstm.hidden_size=16` replace what the file says, and `seed` its seed. Raises
    LstmcheckError, with every problem of the file and the overrides at once.
    """
    if path is None:
        return parse(BUILT_IN, name=BUILT_IN_NAME, seed=seed, overrides=overrides)
    name = STDIN_NAME if str(path) == "-" else str(path)
    return parse(read_text(path), name=name, seed=seed, overrides=overrides)


def parse(text: str, *, name: str, seed: int | None = None, overrides: Sequence[str] = ()) -> Config:
    """The configuration in a text. `name` stands in messages, and its folder holds `arrays.file`.

    Raises LstmcheckError, with every problem at once.
    """
    source = source_of(text, name).with_default("name", name_of(name))
    return validate(apply_overrides(source, overrides, seed))


def name_of(path: str) -> str:
    """What a configuration is called that has no `name`: the stem of its file, or `stdin`."""
    stem = "".join(char if char.isprintable() else "?" for char in Path(path).stem)
    return stem.strip("<>") or UNNAMED
