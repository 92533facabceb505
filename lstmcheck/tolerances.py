"""Every number that decides what agrees with what, or how far is searched, each with its derivation or the
measurement behind it.

They lie below everything else: the references, the judge, the targets and the diagnosis all ask here.
"""

from __future__ import annotations

from sys import float_info

EPS = float_info.epsilon
EPS32 = 2.0**-23
"""Of float64 and of float32."""

# What float64 can hold.

COMPLEX_STEP = 1e-100
"""h of Im L(θ + ih)/h. Nothing is subtracted, so that it may be as small as its square must be
negligible: beside pre-activations of 1e-29 too, and where a third derivative is 1e60 times the first."""
VANISHED = float_info.min / EPS / COMPLEX_STEP
"""1e-192. A derivative below this loses digits as an imaginary part, h times as large: it counts as zero."""
LARGEST_SCALE = 1e100
"""Of `loss.scale`, upwards and, as 1/1e100, downwards. References are measured at scale 1; only the
gradient under test carries the factor, and keeps its digits down to VANISHED: tiny/ε · 1e100 is 1e-192
again."""

# The verdict.

ROUGH = 1e-3
"""Share of the loss that its noise may take before differences prove nothing. Of ordinary networks it takes
1e-16 to 1e-14 (150 drawn at random), of a float32 sigmoid inside a float64 one 1e-7; of chaotic ones 0.01
to 1: there differences see a slope from afar (1e2, and are sure of it) where the gradient is 1e10, and
accused three right networks in 10,000."""
ROUNDING_ROOM = 4
"""τ ≥ 4 × rounding: the gradient under test and the reference each carry it once, and the uncertainty of
a complex step counts it twice."""
LEGIBLE = 1e-3
"""Rounding that takes more than this share of a gate leaves no digit that one could compare. In a chaotic
network (H 64, T 100, init_scale 1), all of whose digits are rounding, 1.3 times the right gradient passed
without it."""
REFERENCE_ROUNDING = 2
"""What rounds a complex step is of the kind and size that rounds the backward pass, which the uncertainty
holds, too."""
TIMES_OVER = 10
"""Uncertainties by which a gradient must be off, beyond τ, to fail by differences alone. In a network
whose states grow like c^(2^T) (loss 1e32) right entries were off by 1.3 to 7.7 of them; elsewhere
estimates held within 4.2."""
SCALE_GIVING = 0.5
"""References of this share of a gate's largest may turn out to be the largest: where one of them is noise,
the gate's scale may be wrong by a factor of two."""
CERTAIN_SCALE = 0.1
"""The largest reference of a gate, which is the gate's scale, is known where its uncertainty is below
this share of it: then a deviation in units of that scale is proven within a tenth."""

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

# Trust in complex steps.

TRUST_DIRECTIONS = 3
"""A difference may meet a kink in one direction; an operation that drops the imaginary part shows in all."""
TRUST_LADDERS = tuple(tuple(2.0 ** -(5 * k + level) for level in range(6)) for k in range(6))
"""From 1, along a direction of that length in which no entry moves far, down to 2⁻³⁰: in a chaotic network
the first steps that tell a derivative are as small as that."""
FINER_LADDERS = TRUST_LADDERS[2:]
"""Below STEPS: what a contradicted complex step by one entry may call as witnesses."""
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

# What is measured again. None of these decides a verdict: what is left unmeasured stays inconclusive.

FIRST_CONFIRMED, FIRST_CONFIRMED_CALLS = 32, 4
"""Entries of a gate that are measured again first, those that are off most; fewer of a target, each of whose
evaluations is a call. A wrong gate is rarely wrong in one entry, and one that fails for certain is enough."""
MORE_EACH_ROUND = 4
"""Times as many in the next round: a gate of n entries takes log₄ n rounds, and no more than about four
times the measurements that would have been enough."""

# Noise and rounding.

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
LOSS_ROOM = 4
"""Under a loss that is not known, entries cancel otherwise than under the one that rounding was measured
with."""
IMPRECISE = 0.5
"""Exponent of ε: half the digits of a lower precision. What is off by less may have lost them; a wrong
formula is off by more."""

SAME_NOISE = 4
"""Factor within which three orders of differences agree on the noise (Moré & Wild), and below which the
highest orders have stopped to shrink: what still shrinks faster is the curve, not its noise."""
SPACINGS = 4
"""Distances that are tried, each a tenth of the last one or ten times as large: three decades on either side
of the first. A tenth takes a factor of 10ᵏ out of what the curve adds to the k-th differences."""
JITTER = 2
"""Units in the last place by which a replica's numbers are off, at most: an operation rounds by half a unit,
a library's exponential by about one."""

LARGE_CHANGE = 8.0
"""Standard deviations of a change that leaves nothing of an array drawn by us, and saturates no gate for
good."""

# Forward passes side by side.

CONFORMING_ROOM = 4
"""Two forward passes round, each in its own order, and the bound is measured for one."""
EXPLAINED_ROOM = 16
"""Outputs of a hypothesis are the same within so many roundings; others are off by a digit that one can
see."""

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
HYPOTHESES_WORK = 400_000_000
"""Forward passes that are tried in the place of a target's, in entries that they compute: all of a small
network, a few seconds of a large one."""
HYPOTHESIS_OVERHEAD = 30_000
"""Entries that a hypothesis counts beside its parameters: numpy's calls take as long."""
CHANGES = 3
"""Differences from what was declared that are tried at once, at most."""

# Random directions.

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

# What a target is asked beside its gradients.

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
