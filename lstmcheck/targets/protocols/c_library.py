"""c: a shared library with the functions of `lstmcheck.h`, whose passes are called as those of `plain`."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from lstmcheck.lstm.forward import Outputs
from lstmcheck.targets.library.finding import functions_of
from lstmcheck.targets.library.passes import LibraryBackward
from lstmcheck.targets.protocols.adapter import Function, Pass, Returned
from lstmcheck.targets.protocols.plain import Plain
from lstmcheck.targets.running.call_settings import TargetSettings


class CLibrary(Plain):
    """Every upstream is an array: none is NULL."""

    optional = ""

    @classmethod
    def functions_of(cls, settings: TargetSettings) -> list[Function] | None:
        return functions_of(settings)

    def backward(self, upstream: Outputs, ran: Pass) -> Returned:
        found = super().backward(upstream, ran)
        return replace(found, problems=tuple(cast(LibraryBackward, self.functions[1]).problems))
