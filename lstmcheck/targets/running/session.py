"""A conversation with a target's functions: in a process of their own, or in this one if handed over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from lstmcheck.conventions.network_layout import NetworkLayout
from lstmcheck.judge.wrong_line import WrongLine
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.types import Arrays, Indices, Numbers
from lstmcheck.targets.protocols import Pass, Returned
from lstmcheck.targets.protocols.adapter import Function
from lstmcheck.targets.running.call_settings import TargetSettings
from lstmcheck.targets.running.functions import Loaded, TargetFunctions
from lstmcheck.targets.running.in_this_process import InPlace
from lstmcheck.targets.running.remote_session import RemoteSession
from lstmcheck.targets.running.session_in_place import LocalSession
from lstmcheck.targets.running.start_process import can_start


class Session(Protocol):
    """Every method raises LstmcheckError for whatever the target does wrong; EndedError where it ended."""

    def load(self) -> Loaded:
        """Import it, and say what it decides itself."""

    def prepare(self, layout: NetworkLayout) -> None:
        """Make ready for arrays of a layout."""

    def forward(self, arrays: Arrays, *, watched: bool = False) -> Pass:
        """A forward pass that backward passes may follow."""

    def backward(self, upstream: Outputs, ran: Pass, *, watched: bool = False) -> Returned:
        """The backward pass of one of them."""

    def evaluate(self, arrays: Arrays) -> Pass:
        """A forward pass with all arrays real, or all complex."""

    def spread(self, arrays: Arrays) -> Pass:
        """As `forward`, on arrays that are not contiguous in memory, as upstreams after it are not."""

    def seeded(self, arrays: Arrays) -> Pass:
        """A forward pass whose random numbers are the same each time, unless from a generator of its own."""

    def moved(self, arrays: Arrays, name: str, entries: Indices, values: Numbers) -> Iterator[Pass]:
        """One for each value, put at the flat index beside it, as soon as it is there."""

    def wrong_lines(
        self, layout: NetworkLayout, arrays: Arrays, upstream: Outputs, is_backward: bool
    ) -> tuple[WrongLine, ...]:
        """Of its source: where the backward or the forward pass of a single cell parts from ours."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What there is to know beside its numbers."""

    def stop(self) -> None:
        """End what another thread is waiting for; that thread is told."""

    def close(self) -> None:
        """No more is asked."""


def open_session(
    settings: TargetSettings, name: str, timeout: float | None, functions: Sequence[Function] | None = None
) -> Session:
    """Functions that were handed over run where they are; a file or module in a process of its own.

    Where pipes cannot be waited for, as on Windows, all of them run in this process.
    """
    if functions is None and can_start():
        return RemoteSession(settings, name, timeout)
    return LocalSession(TargetFunctions(settings, InPlace(timeout), functions))
