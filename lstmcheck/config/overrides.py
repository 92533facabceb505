"""`--set lstm.hidden_size=16` and `--seed 3`: values of the command line in place of the file's."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lstmcheck.config.source import Source
from lstmcheck.config.yamltext import override_source
from lstmcheck.errors import LstmcheckError

KEY = re.compile(r"[^.=\s]+(\.[^.=\s]+)*")


def overridden(source: Source, overrides: Sequence[str], seed: int | None) -> Source:
    """`source` with the overrides in order, then the seed.

    Raises LstmcheckError for an override that is no KEY=VALUE, or whose value YAML cannot read.
    """
    for override in overrides:
        key, equals, value = override.partition("=")
        option = f"--set {override}"
        if not equals or not KEY.fullmatch(key.strip()):
            raise LstmcheckError("expected KEY=VALUE, as in --set lstm.hidden_size=16.", where=option)
        source = source.with_override(tuple(key.strip().split(".")), override_source(value, option))
    if seed is None:
        return source
    return source.with_override(("seed",), override_source(str(seed), f"--seed {seed}"))
