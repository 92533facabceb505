"""A conversation with functions that are called in this process."""

from __future__ import annotations

from lstmcheck.targets.running.captured_output import prints
from lstmcheck.targets.running.functions import TargetFunctions
from lstmcheck.targets.running.in_this_process import InPlace


class LocalSession:
    """In this process."""

    def __init__(self, target: TargetFunctions) -> None:
        self.load, self.prepare = target.load, target.prepare
        self.forward, self.backward = target.forward, target.backward
        self.evaluate, self.seeded, self.moved = target.evaluate, target.seeded, target.moved
        self.spread = target.spread
        self.wrong_lines = target.wrong_lines
        assert isinstance(target.call, InPlace)
        self._call, self._target = target.call, target

    @property
    def notes(self) -> tuple[str, ...]:
        limit = "the time limit is not enforced: in this process only the main thread can be interrupted"
        first = self._call.printed.partition("\n")[0]
        return (*([limit] if self._call.unlimited else []), *self._target.adapter.notes, *prints(first))

    def stop(self) -> None:
        """It cannot be stopped."""

    def close(self) -> None:
        """Nothing was opened."""
