"""When two numbers agree, and when nothing can be said."""

from __future__ import annotations

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
LEGIBLE_SHORT = 0.25
"""The same of numbers of sixteen bits, whose rounding is measured in the numbers themselves: what is left
shows a gate that is zero, twice as large or of the other sign four times over."""
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
