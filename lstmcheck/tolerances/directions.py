"""Whole gates along random directions: how many, at which steps, and instead of how many entries."""

from __future__ import annotations

LOOKS = (4, 6, 8, 12)
"""Numbers of directions at which a gate may pass: E/M is 142, 25, 10.6 and 4.4 at p = 1e-9. More than twelve
gain little: with 24 it is 1.9."""
DIRECTION_LADDERS = (
    tuple(2.0**-k for k in range(9, 12)),
    tuple(2.0**-k for k in range(6, 10)),
    tuple(2.0**-k for k in range(14, 17)),
)
"""Steps along a direction, in units that move every pre-activation by about one in the root of their number.
The first know a derivative to 1e-9 of the largest entry in networks of 16 to 1024 units; longer ones for
small gates under much noise; shorter ones for long and rough networks."""
SUSPECTS, SUSPECT_DIRECTIONS, BLAMED = 4, 2, 8
"""Parts of a gate that are halved again at each level, directions along each, and entries that are measured
in the end: one that fails is enough, and a wrong formula is rarely wrong in one entry."""
TELLING, FEW = 2, 12
"""Entries of each kind that are measured one by one before a whole gate is bounded, where most wrong
gradients fail; gates of so few entries take no longer entry by entry than along directions."""
CALLS = 2000
"""Evaluations of a target beyond which its gates go by directions: a second or two of calls."""
WORK, CELL_WORK = 2e10, 40
"""The same for our own network: evaluations times the multiplications of its recurrent products, each unit's
activations counted as forty of these. A second or two on two cores."""
