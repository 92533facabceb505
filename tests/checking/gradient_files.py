"""Gradients in files, and the configurations that judge them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lstmcheck.api import check
from lstmcheck.arrays.write_arrays import write_arrays
from lstmcheck.config import Config, parse
from lstmcheck.judge.results import Report
from lstmcheck.lstm.types import Arrays

NETWORK = """
lstm: {input_size: 3, hidden_size: 2, num_layers: 2, bidirectional: true, bias: two}
sequence: {length: 3, batch: 2, lengths: [3, 2], initial_state: random}
check: {method: entries}
"""
CELL = """
lstm: {input_size: 2, hidden_size: 3}
sequence: {length: 4, batch: 2, initial_state: random}
"""


def configuration(text: str, overrides: Sequence[str] = ()) -> Config:
    return parse(text, name="network", overrides=list(overrides))


def configured(folder: Path, text: str = NETWORK, file: str = "mine.npz", **settings: Any) -> Config:
    chosen = {"target.file": folder / file, "target.protocol": "gradients"}
    chosen |= {key.replace("__", "."): value for key, value in settings.items()}
    return configuration(text, overrides=[f"{key}={value}" for key, value in chosen.items()])


def judged(
    folder: Path,
    gradients: Arrays,
    text: str = NETWORK,
    file: str = "mine.npz",
    *,
    explain: bool = False,
    **keys: Any,
) -> Report:
    write_arrays(folder / file, gradients)
    return check(configured(folder, text, file, **keys), explain=explain)
