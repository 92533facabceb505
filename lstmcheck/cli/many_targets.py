"""The options of `run` that make a list of targets."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lstmcheck.cli.options import SCHEDULER_VARIABLE
from lstmcheck.errors import LstmcheckError
from lstmcheck.marking.find_targets import is_one_file

MAX_SECONDS = 600.0
"""After which the check of one target ends with what it has, unless the command line says otherwise."""


@dataclass(frozen=True)
class ManyTargets:
    """Options of the command line that only a list of targets has a use for."""

    feedback: Path | None = None
    results: Path | None = None
    resume: bool = False
    scheduler: str | None = None
    max_seconds: float | None = None

    @property
    def seconds(self) -> float:
        return self.max_seconds or MAX_SECONDS

    def are_meant(self, targets: Sequence[str]) -> bool:
        """Whether there is a list to make. Raises LstmcheckError where an option asks for one of nothing."""
        option = self._given()
        if option and not targets:
            what = "this is for many targets, and none is named."
            raise LstmcheckError(what, where=option, remedy="Add --target 'homework/*.py'.")
        return bool(targets) and (option is not None or not is_one_file(targets))

    def _given(self) -> str | None:
        """The first of them. A scheduler may be in the environment for the sake of others."""
        explicit = self.scheduler and self.scheduler != os.environ.get(SCHEDULER_VARIABLE)
        given = {
            "--feedback": self.feedback,
            "--results": self.results,
            "--resume": self.resume,
            "--scheduler": explicit,
        }
        return next((option for option, value in given.items() if value), None)


@dataclass(frozen=True)
class Shown:
    """How reports are told, and where they go."""

    output_format: str
    exports: Sequence[str]
    quiet: int
    verbose: bool
    only_failures: bool
