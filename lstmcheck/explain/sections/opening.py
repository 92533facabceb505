"""The opening: sizes, letters, and what this configuration has that others have not."""

from __future__ import annotations

from lstmcheck.explain.blocks import Block, Heading
from lstmcheck.explain.narration import Narration
from lstmcheck.explain.prose import fill
from lstmcheck.tolerances.precision import COMPLEX_STEP


def opening(narration: Narration, name: str) -> list[Block]:
    """Under a title with the configuration's name."""
    length, batch, _ = narration.focus.case.arrays["x"].shape
    title = Heading(f"{name}: the backward pass of an LSTM, step {narration.time}", 1)
    names = {"T": length, "B": batch, "nudge": f"{COMPLEX_STEP:g}"}
    return fill("opening", narration.names | names, {"title": title})
