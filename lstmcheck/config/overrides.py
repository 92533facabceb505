"""`--set lstm.hidden_size=16` and `--seed 3`: values of the command line in place of the file's."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lstmcheck.config.place import Loc, Place
from lstmcheck.config.read_yaml import value_of
from lstmcheck.config.source import Source
from lstmcheck.errors import LstmcheckError

KEY = re.compile(r"[^.=\s]+(\.[^.=\s]+)*")


def apply_overrides(source: Source, overrides: Sequence[str], seed: int | None) -> Source:
    """`source` with the overrides in order, then the seed.

    Raises LstmcheckError for an override that is no KEY=VALUE, or whose value YAML cannot read.
    """
    for override in overrides:
        key, equals, value = override.partition("=")
        option = f"--set {override}"
        if not equals or not KEY.fullmatch(key.strip()):
            raise LstmcheckError("expected KEY=VALUE, as in --set lstm.hidden_size=16.", where=option)
        source = _with_override(source, tuple(key.strip().split(".")), value, option)
    return source if seed is None else _with_override(source, ("seed",), str(seed), f"--seed {seed}")


def _with_override(source: Source, loc: Loc, text: str, option: str) -> Source:
    value, faults = value_of(text, option)
    if name := source.value_around(loc):
        return source.with_fault((Place(option), f"{name} holds a value here, no keys.", None))
    return source.with_value(loc, value).with_fault(*faults)
