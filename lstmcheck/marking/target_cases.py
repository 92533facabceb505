"""Which cases many targets make: each with each configuration."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from lstmcheck import __version__
from lstmcheck.config import Config
from lstmcheck.config.variation import with_written
from lstmcheck.marking.find_targets import names_of
from lstmcheck.sweep.grid import digest
from lstmcheck.targets.guessed_protocol import with_guessed_protocol

LIMITS = {"timeout", "memory"}
"""Keys of `target` that decide whether it is checked, and never how."""


class TargetCase(NamedTuple):
    """A file, what it is called, and what it is checked with."""

    file: Path
    name: str
    base: Config


@dataclass(frozen=True)
class TargetCases:
    """Every target with every configuration; those of one target are neighbours."""

    files: tuple[Path, ...]
    configs: tuple[Config, ...]
    """Each with some target, in whose place the files come."""
    guesses: bool = False
    """Whether the protocol of a file is guessed where the configuration names none."""

    def __len__(self) -> int:
        return len(self.files) * len(self.configs)

    @cached_property
    def names(self) -> Sequence[str]:
        """Of the targets."""
        return names_of(self.files)

    def case(self, number: int) -> TargetCase:
        """The case of a number below len()."""
        which, config = divmod(number, len(self.configs))
        return TargetCase(self.files[which], self.names[which], self.configs[config])

    def config(self, number: int) -> Config:
        """Raises LstmcheckError where the protocol cannot be guessed, or contradicts the configuration."""
        case = self.case(number)
        config = with_written(case.base, {"target.file": str(case.file)}, f"--target {case.name}")
        return with_guessed_protocol(config) if self.guesses else config

    def key(self, number: int) -> str:
        """Names a case's outcome: another content, name, configuration or version is another key."""
        case = self.case(number)
        content = json.dumps([__version__, case.name, digest(case.file), self.guesses, _settings(case.base)])
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Of the cases, by their keys."""
        return {self.key(number): number for number in range(len(self))}


def _settings(base: Config) -> list[Any]:
    """What decides how a target is checked. Of a file of arrays its content counts, not where it lies."""
    elsewhere = {"arrays": {"file"}, "target": {"file", *LIMITS}}
    settings = base.model_dump(mode="json", exclude={"sweep": True, **elsewhere})
    return [settings, digest(base.arrays_path)]
