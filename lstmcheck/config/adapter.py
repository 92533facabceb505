"""Adapters to start from, for whoever brings an LSTM of their own."""

from __future__ import annotations

from pathlib import Path

from lstmcheck.config.c_header import c_header

FOLDER = Path(__file__).with_name("adapters")
"""Python with names that are not there yet."""
ADAPTERS = ("plain", "columns", "loss", "torch", "jax", "c")
"""Protocols, and `columns`: a step of column vectors and joined weights, behind the protocol plain."""


def adapter(name: str) -> str:
    """Source with places to fill in, or the header of protocol `c`."""
    return c_header() if name == "c" else (FOLDER / f"{name}.txt").read_text()


def adapter_file(name: str) -> str:
    """What it is called where nobody says otherwise."""
    return "lstmcheck.h" if name == "c" else "my_lstm_adapter.py"
