"""A configuration with the protocol that its target's file is found to follow."""

from __future__ import annotations

from lstmcheck.config import Config
from lstmcheck.config.variation import with_written
from lstmcheck.targets.loading.guess_protocol import guess_protocol

DECIDED_BY = {"protocol", "forward", "backward"}
"""Keys of `target` that leave nothing to guess."""


def with_guessed_protocol(config: Config) -> Config:
    """With the protocol of the file's functions, where nothing else says how they are called.

    Raises LstmcheckError where they fit none or several, or where that contradicts other keys.
    """
    target, path = config.target, config.target_path
    if target is None or path is None or not path.is_file() or target.model_fields_set & DECIDED_BY:
        return config
    guess = guess_protocol(path)
    return with_written(config, {f"target.{key}": value for key, value in guess.items()}, f"--target {path}")
