"""How complex steps earn their trust: beside differences along random directions."""

from __future__ import annotations

TRUST_DIRECTIONS = 3
"""A difference may meet a kink in one direction; an operation that drops the imaginary part shows in all."""
TRUST_LADDERS = tuple(tuple(2.0 ** -(5 * k + level) for level in range(6)) for k in range(6))
"""From 1, along a direction of that length in which no entry moves far, down to 2⁻³⁰: in a chaotic network
the first steps that tell a derivative are as small as that."""
FINER_LADDERS = TRUST_LADDERS[2:]
"""Below STEPS: what a contradicted complex step, by one entry or along a direction, may call as
witnesses."""
SHARP = 1e-8
"""A foreign complex step that agrees to this share is known well enough for the usual tolerance of 1e-6."""
COMPARABLE = 1e-4
"""A comparison counts where the difference is known to this share of itself: what drops an imaginary part
drops all of it on some path, which is rarely less. How well it was known goes into the uncertainty of a
foreign forward pass's complex steps: a softsign by way of np.abs loses a share of the size of its
argument, 1e-4 in a network of small weights."""
COMPARABLE_OURS = 1e-2
"""Our own forward pass drops nothing on purpose: where a hundredth can be seen, all of it is there."""
UNSEEN = 10
"""A lost part e shows along a direction u as e·u, a normal number with deviation |e|: that it was below a
tenth of |e| along all three has probability 0.08³ = 5e-4."""
ASIDE = 2.0**-6
"""The comparison is made this far from the point, which may lie on a kink of many units at once."""
