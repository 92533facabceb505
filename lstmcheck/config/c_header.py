"""What a library of protocol `c` exports: the page for whoever writes one."""

from __future__ import annotations

from pathlib import Path


def c_header() -> str:
    """`lstmcheck.h`, as C code."""
    return Path(__file__).with_name("lstmcheck.h").read_text()
