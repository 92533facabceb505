"""When a replayed mistake explains a difference, and which mistakes explain it equally well."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from lstmcheck.lstm.types import Floats
from lstmcheck.mistakes.mistake import Mistake
from lstmcheck.tolerances.diagnosis import DISTINCT, MATCH
from lstmcheck.tolerances.precision import EPS


@dataclass(frozen=True)
class Explanation:
    """One mistake or several at once, and what is left over, relative to the difference."""

    mistakes: tuple[Mistake, ...]
    residual: float


def residual(wanted: Floats, found: Floats) -> float:
    """|wanted − found| / |wanted|; infinite where it is not finite."""
    with np.errstate(all="ignore"):  # where nothing differs nothing is explained
        left = float(np.linalg.norm(wanted - found) / np.linalg.norm(wanted))
    return left if np.isfinite(left) else np.inf


def best_group(candidates: Iterable[Explanation], match: float = MATCH) -> list[Explanation]:
    """The best explanation and those equal to it; none where it is not good or not distinct."""
    ordered = sorted(candidates, key=lambda found: found.residual)
    if not ordered or ordered[0].residual >= match:
        return []
    reach = DISTINCT * max(ordered[0].residual, EPS)
    group = [found for found in ordered if found.residual <= reach]
    return group if group[-1].residual < match else []
