"""Steps of differences, how far they are trusted, and what is measured again."""

from __future__ import annotations

# Central differences.

NOISE_FACTOR = 4
"""Standard deviations of the loss that the uncertainty of a difference allows for. (η₊ − η₋)/2s has a
deviation of η/√2s: 4 are 5.7 of those, and still 2.8 where η is measured at half its size."""
TRUNCATION_SAMPLE = 4
"""Entries of a gate that its truncation is taken from: half the largest gradients, half random, and as
many again of those that agree least. 99.98 % of 10,443 entries lay within the uncertainty, the worst at
4.2 times it."""
TRUNCATION_STEPS = tuple(2.0**-k for k in range(4, 17, 3))
"""Steps at which those are measured: truncation stands out of the noise at the first, noise out of it at
the last."""
SMALLEST_STEP, LARGEST_STEP = 2.0**-20, 2.0**-6
"""Below, noise takes five digits even of a gradient as large as the loss; above, a step is no longer
local."""
LARGEST_STEP_BESIDE_KINKS = 2.0**-17
"""The smaller the step, the fewer entries meet a kink within it."""

# Richardson extrapolation.

STEPS = tuple(2.0**-k for k in range(3, 9))
"""Six levels from 0.1: the true error is within the estimate for 99.3 % of entries, within 4 × for all."""
FINE_STEPS = tuple(2.0**-k for k in range(8, 14))
"""A second ladder below the first: a curve that is rough at long steps is smooth there. One alone accused
three right entries of a chaotic network (seed 33, init_scale 4, T 100), both together none."""
CAUTION = 4
"""See STEPS: the factor within which all estimates held."""

LEGIBLE_SHARE = 0.5
"""A finer step is listened to where its noise is below this share of what it should tell apart, the gradient
and the reference: nearer to the one, it is then not as near to the other."""
CLOSER, CLOSER_LOOKS = 2.0**-4, 5
"""What fails by differences alone is measured at steps this much finer, so often: down to a millionth of
the first, below which noise hides every gradient. A weight of 5e-5 under an L1 penalty lay between two
ladders, and was accused."""

# What is measured again. None of these decides a verdict: what is left unmeasured stays inconclusive.

FIRST_CONFIRMED, FIRST_CONFIRMED_CALLS = 32, 4
"""Entries of a gate that are measured again first, those that are off most; fewer of a target, each of whose
evaluations is a call. A wrong gate is rarely wrong in one entry, and one that fails for certain is enough."""
MORE_EACH_ROUND = 4
"""Times as many in the next round: a gate of n entries takes log₄ n rounds, and no more than about four
times the measurements that would have been enough."""

CURVE_POWERS = tuple(2.0**-k for k in range(49))
"""Steps at which differences are drawn: from 1, where truncation is all that is left of a derivative, to
3.6e-15, where noise is. They decide no verdict."""
CURVE_WORK = 1e8
"""Weights times steps beyond which every second of those does: about fifty forward passes, not a hundred."""
