"""What floating-point numbers can hold."""

from __future__ import annotations

from sys import float_info

EPS = float_info.epsilon
EPS32 = 2.0**-23
"""Of float64 and of float32."""

COMPLEX_STEP = 1e-100
"""h of Im L(θ + ih)/h. Nothing is subtracted, so that it may be as small as its square must be
negligible: beside pre-activations of 1e-29 too, and where a third derivative is 1e60 times the first."""
VANISHED = float_info.min / EPS / COMPLEX_STEP
"""1e-192. A derivative below this loses digits as an imaginary part, h times as large: it counts as zero."""
LARGEST_SCALE = 1e100
"""Of `loss.scale`, upwards and, as 1/1e100, downwards. References are measured at scale 1; only the
gradient under test carries the factor, and keeps its digits down to VANISHED: tiny/ε · 1e100 is 1e-192
again."""
