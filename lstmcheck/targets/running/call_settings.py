"""What a session needs to know of a configuration, as plain data: a target's process reads none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lstmcheck.conventions.network_layout import NetworkLayout
from lstmcheck.conventions.table import Convention
from lstmcheck.lstm.spec import LstmSpec


@dataclass(frozen=True)
class TargetSettings:
    """Where a target's functions are, and how they are called."""

    protocol: str
    file: str | None
    """A path, from the working directory; or `module`."""
    module: str | None
    command: Sequence[str] | None
    """Words that start a program, in the place of both."""
    folder: str
    """Of the configuration: modules beside it are found."""
    forward: str | None
    backward: str | None
    """Names of its functions, if not the protocol's own."""
    only_definitions: bool
    """Whether the rest of the file is left alone."""
    dtype: str
    device: str
    memory: float | None
    """GiB that it may allocate; None for what is free."""
    options: dict[str, Any]
    """Of the protocol, by their names in `target.options`."""
    spec: LstmSpec

    def plain(self) -> dict[str, Any]:
        """The same as dicts, text and numbers."""
        return asdict(self)

    @classmethod
    def of_plain(cls, found: Mapping[str, Any]) -> TargetSettings:
        """The reverse."""
        return cls(**{**found, "spec": LstmSpec(**found["spec"])})


def plain_layout(layout: NetworkLayout) -> dict[str, Any]:
    """A layout as plain data."""
    return {"convention": asdict(layout.convention), "spec": asdict(layout.spec)}


def layout_of_plain(found: Mapping[str, Any]) -> NetworkLayout:
    """The reverse."""
    return NetworkLayout(Convention(**found["convention"]), LstmSpec(**found["spec"]))
