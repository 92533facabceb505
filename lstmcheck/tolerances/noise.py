"""How the noise of the loss and the rounding of a backward pass are measured."""

from __future__ import annotations

NOISE_POINTS = 9
"""Of ECNoise: Moré & Wild find 6 to 9 enough."""
NOISE_SPACING = 28 / 52
"""Exponent of ε that is the first distance between them, 2⁻²⁸ in float64: far enough to change most
roundings, near enough to be smooth. Where it is not, the distance is changed by tens."""
ROUNDING_REPLICAS = 5
ROUNDING_ROWS = 64
"""Of each gate's weights that the replicas compute, where there are more."""
ROUNDING_FACTOR = 8
"""From the median of five replicas with changed last digits to a bound. Of 74,054 entries of 300 random
networks the backward pass and the complex step differed by at most 4.6 times the median, by 1.4 times it
in 99 % of the arrays."""
LOW_REPLICAS = 8
LOW_ROOM = 0.5
"""From the largest deviation of eight runs in sixteen bits, rounded otherwise each, to a bound: a right
gradient passes within 1.5 times the deviation (τ less the uncertainty is 3 bounds) and fails beyond 2.5. In
9,642 gates, steps and cells of 240 random networks one that rounds to the nearest was off by 0.7 times it in
99 %, by 1.5 times it at most."""
LOSS_ROOM = 4
"""Under a loss that is not known, entries cancel otherwise than under the one that rounding was measured
with."""
IMPRECISE = 0.5
"""Exponent of ε: half the digits of a lower precision. What is off by less may have lost them; a wrong
formula is off by more."""

OTHER_INPUTS = 1e-2
"""Share of its size by which every gate of every array is off where gradients are those of other inputs. A
wrong backward pass leaves some as they are, as those of the last step."""

SAME_NOISE = 4
"""Factor within which three orders of differences agree on the noise (Moré & Wild), and below which the
highest orders have stopped to shrink: what still shrinks faster is the curve, not its noise."""
SPACINGS = 4
"""Distances that are tried, each a tenth of the last one or ten times as large: three decades on either side
of the first. A tenth takes a factor of 10ᵏ out of what the curve adds to the k-th differences."""
JITTER = 2
"""Units in the last place by which a replica's numbers are off, at most: an operation rounds by half a unit,
a library's exponential by about one."""
