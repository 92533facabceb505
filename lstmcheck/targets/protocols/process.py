"""process: a program of any language, whose passes are called as those of `plain`."""

from __future__ import annotations

from pathlib import Path

from lstmcheck.lstm.types import Numbers
from lstmcheck.targets.loading.program import functions_of
from lstmcheck.targets.protocols.adapter import Function
from lstmcheck.targets.protocols.plain import Plain
from lstmcheck.targets.running.call_settings import TargetSettings


class Process(Plain):
    """Every upstream is an array: there is no None in its requests."""

    optional = ""

    def copied(self, array: Numbers) -> Numbers:
        """As text: the nearest numbers of its precision."""
        return array.copy() if array.dtype.kind == "i" else self.precision.rounded(array)

    @classmethod
    def functions_of(cls, settings: TargetSettings) -> list[Function] | None:
        assert settings.command is not None
        return functions_of(settings.command, Path(settings.folder))
