"""When two forward passes are the same, and how many others are tried in the place of one."""

from __future__ import annotations

CONFORMING_ROOM = 4
"""Two forward passes round, each in its own order, and the bound is measured for one."""
EXPLAINED_ROOM = 16
"""Outputs of a hypothesis are the same within so many roundings; others are off by a digit that one can
see."""

HYPOTHESES_WORK = 400_000_000
"""Forward passes that are tried in the place of a target's, in entries that they compute: all of a small
network, a few seconds of a large one."""
HYPOTHESIS_OVERHEAD = 30_000
"""Entries that a hypothesis counts beside its parameters: numpy's calls take as long."""
CHANGES = 3
"""Differences from what was declared that are tried at once, at most."""
