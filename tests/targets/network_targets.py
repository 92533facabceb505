"""The shipped network as a target, small: its source, changed here and there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "configs" / "targets"
NETWORK = (FOLDER / "network.py").read_text(encoding="utf-8")
SIZES: dict[str, Any] = {
    "lstm__hidden_size": 2,
    "lstm__num_layers": 2,
    "lstm__bidirectional": True,
    "sequence__length": 3,
    "sequence__batch": 3,
    "sequence__lengths": "[3, 1, 2]",
}
QUICK: dict[str, Any] = SIZES | {"check__entries": 1}

Replacements = Sequence[tuple[str, str]]


def changed(*replacements: tuple[str, str], source: str = NETWORK) -> str:
    """The source with each text, which occurs once, replaced."""
    for old, new in replacements:
        assert source.count(old) == 1, f"{source.count(old)} × {old!r}"
        source = source.replace(old, new)
    return source
