"""When a name explains what is wrong, and how far one is searched for."""

from __future__ import annotations

# Names for what is wrong.

CONFIRMED_ROOM = 2
"""Tolerances by which our own gradients may miss the reference beyond its uncertainty, and still be those
that the catalogue is compared with. Right ones are within one; those of another network are off by shares of
themselves."""

MATCH = 1e-8
"""Of the difference that is to be explained, what a replayed mistake may leave over: eight of the sixteen
digits, for differences that are themselves a small part of the gradients. 715 pairs on one configuration
had no wrong name."""
DISTINCT = 1000
"""How much worse the next explanation must be, to be another one: equal ones differ by rounding alone."""
SAME = 1e-9
"""Two rows are equal where they differ by less than this share of their largest entry: rounding, with
five digits to spare."""
ROUNDED = 1e-11
"""Share of an array by which a replayed row may be off, where its whole difference is small: what sums over
time and batch round, with three digits to spare."""
SQUARES_RESOLVE = 1e-12
"""Share of a square below which a difference of squares is rounding: ε times the few thousand terms of a
sum."""

# How far is searched. Counted in work, never in time: the same on any machine. What is not tried is said.

COMPARED = 4096
"""Entries of one array that tell mistakes apart; what they name is then confirmed on all."""
ENTRIES_PER_FACTOR = 2
"""A factor that explains fewer entries than this is no pattern: it fits any number."""
PAIRS_WORK = 2_000_000_000
"""Pairs of mistakes that are replayed, in entries that their steps compute: seconds. Those that are left out
are the least likely ones."""
STEP_OVERHEAD = 60_000
"""Entries that a step counts beside its cell's: numpy's calls take as long."""
LIKELIEST_PAIRS = 500
"""Pairs that are tried before those that meet in one term."""
ENTRIES_PER_MISTAKE = 3
"""Wrong entries that each of several mistakes must reproduce, to match, before part of a failure is told."""
MOST_EQUAL = 4
"""Explanations that are told beside one that they equal."""
SETS_WORK = 3_000_000_000
"""Sets of mistakes that are replayed, counted as PAIRS_WORK is."""
REPLAY_OVERHEAD = 200_000
"""Entries that a replay counts beside its steps: putting the mistakes together takes as long."""
MOST_MISTAKES = 10
"""At once: public code had eight."""
LIMITS = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 15.0, 20.0, 50.0, 100.0)
"""At which code clips what it carries; beside those that its gradients themselves show."""
GENTLE = 1e-3
"""Size of upstream gradients that no usual limit clips."""
UPSTREAM_UNKNOWNS = 1500
"""Entries of the upstream gradients that are solved for: a backward pass each, and a least-squares problem of
that size."""
