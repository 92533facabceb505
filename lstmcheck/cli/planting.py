"""Mistakes planted in our own backward pass, as `--mistake` asks."""

from __future__ import annotations

import sys

from lstmcheck.config import Config
from lstmcheck.lstm.backward import Backward
from lstmcheck.mistakes.audit import would_be_caught
from lstmcheck.mistakes.catalogue import find, require_features
from lstmcheck.mistakes.mistake import compose


def planted_backward(ids: list[str], config: Config) -> type[Backward]:
    """The backward pass with these mistakes in it.

    Raises LstmcheckError for an unknown id, and where the network has nothing to be wrong about. Tells on
    stderr where the configuration cannot see what is planted.
    """
    mistakes = [find(name, where=f"--mistake {name}") for name in dict.fromkeys(ids)]
    for mistake in mistakes:
        require_features(mistake, config)
    backward = compose(mistakes)
    if not would_be_caught(config, backward):
        names = " with ".join(mistake.id for mistake in mistakes)
        print(
            f"{config.name} cannot see {names}. lstmcheck audit tells which keys to change.", file=sys.stderr
        )
    return backward


def refuse_unknown(ids: list[str]) -> None:
    """Raises LstmcheckError for ids that are not there, or that cannot be planted at once."""
    compose([find(name, where=f"--mistake {name}") for name in dict.fromkeys(ids)])
