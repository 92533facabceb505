"""What a target is asked beside its gradients."""

from __future__ import annotations

SMALL_UPSTREAM, LARGE_UPSTREAM = 2.0**-10, 2.0**10
"""A thousandth, and a thousand times. Powers of two: no digit of a right gradient changes, however it is
computed."""
UPSTREAM_ROOM = 2.0**20
"""From a gradient to what overflows: a thousand times as much, and sums that are as much larger."""
UNCLIPPED_UPSTREAM = 2.0**-20
"""Times the upstream: where nothing is clipped that is ever meant to be."""
LIMIT_HALVINGS = 20
"""Of the thirty octaves from there to a thousand times the upstream: a limit is known to 2e-5 of itself."""
CLIPPED_ALIKE = 1e-3
"""Share of a gradient to which one that is clipped at such a limit is the same: fifty times that."""
SEQUENCES_ALONE = 3
"""Sequences of a batch that are run alone, at most; those that are left over are run together."""
LARGE_CHANGE = 8.0
"""Standard deviations of a change that leaves nothing of an array drawn by us, and saturates no gate for
good."""
