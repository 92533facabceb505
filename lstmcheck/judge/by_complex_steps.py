"""Complex steps for every entry; differences where those of an array are not trusted."""

from __future__ import annotations

import numpy as np

from lstmcheck.judge.by_differences import ByDifferences
from lstmcheck.judge.measurement import Given, Measurement


class ByComplexSteps(ByDifferences):
    """Asks complex steps first, and trusts them where they have earned it."""

    def measure_one(self, given: Given, random: np.random.Generator) -> Measurement:
        found = Measurement(given, self.bench.rtol)
        if not self.complex_steps.measure_all(found):
            return super().measure_one(given, random)
        found.settle()
        return found
