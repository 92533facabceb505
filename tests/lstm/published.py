"""Numbers that others have published, and how far they can be trusted: to the last digit printed."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from lstmcheck.lstm.types import Numbers

FOLDER = Path(__file__).parent / "vectors"


def published(name: str) -> dict[str, Any]:
    """A file of published numbers, each with the digits that it was printed with."""
    loaded: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(), parse_float=Decimal)
    return loaded


def agrees(ours: Numbers | float, printed: Any) -> bool:
    """Whether every number rounds to the printed one; zeros at the end of a number are not printed."""
    digits = np.array(printed, object)
    decimals = max(-int(number.as_tuple().exponent) for number in digits.flat)
    # Half a unit in the last place, and a little for a number that lies on the border between two.
    half = 0.51 * 10.0**-decimals
    return bool((np.abs(ours - digits.astype(float)) <= half).all())
