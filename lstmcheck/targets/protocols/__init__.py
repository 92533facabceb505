"""The signatures that implementations have, one adapter each; see `lstmcheck.protocol_capabilities`."""

from __future__ import annotations

from importlib import import_module

from lstmcheck.protocol_capabilities import PROTOCOLS
from lstmcheck.targets.protocols.adapter import Adapter, Pass, Returned

__all__ = ["Adapter", "Pass", "Returned", "adapter_of"]


def adapter_of(protocol: str) -> type[Adapter]:
    """The adapter of a protocol: only that one is imported."""
    module, _, name = PROTOCOLS[protocol].adapter.partition(":")
    adapter: type[Adapter] = getattr(import_module(f"{__name__}.{module}"), name)
    return adapter
