"""Which topic of `lstmcheck explain` tells what a mistake gets wrong."""

from __future__ import annotations

from lstmcheck.lstm.backward import Backward
from lstmcheck.mistakes.catalogue import CATALOGUE

BY_METHOD = {
    "d_z_i": "gates",
    "d_z_f": "gates",
    "d_z_g": "gates",
    "d_z_o": "gates",
    "output_of_cell": "gates",
    "d_m": "gates",
    "deltas": "gates",
    "d_c": "carousel",
    "d_c_total": "carousel",
    "d_c_prev": "carousel",
    "d_h_prev": "gates",
    "d_h_total": "loss",
    "d_x": "inputs",
    "d_W": "weights",
    "d_U": "weights",
    "d_b": "weights",
    "d_p": "weights",
    "d_R": "weights",
    "parameter_terms": "weights",
    "d_x_of_layer": "layers",
    "d_y_of_direction": "layers",
}
"""By the method of the right backward pass that a mistake changes; of several, the first of these."""
BY_MISTAKE = {
    "no-recurrence": "truncation",
    "truncated-by-one": "truncation",
    "truncated-bptt-2": "truncation",
    "gates-ignore-cell-carry": "carousel",
    "final-cell-gradient-ignored": "loss",
    "final-hidden-gradient-ignored": "loss",
    "averaged-over-time": "loss",
    "averaged-loss-factor": "loss",
    "final-hidden-gradient-doubled": "loss",
    "final-hidden-gradient-negated": "loss",
    "final-cell-gradient-doubled": "loss",
    "final-cell-gradient-negated": "loss",
    "output-gradient-one-step-early": "loss",
    "output-gradient-one-step-late": "loss",
    "output-gradient-time-reversed": "loss",
    "bias-no-batch-sum": "batch",
    "bias-batch-mean": "batch",
    "bias-first-sample": "batch",
    "weights-batch-mean": "batch",
    "weights-last-sequence-only": "batch",
    "middle-layer-lost": "layers",
    "upper-layer-bias-zero": "layers",
    "layers-detached": "layers",
    "lower-final-gradients-ignored": "layers",
    "reverse-final-gradient-at-the-last-step": "layers",
    "states-in-direction-order": "layers",
    "initial-hidden-zero": "gates",
    "initial-cell-zero": "carousel",
    "masked-output-only": "masks",
    "mask-not-on-hidden-gradient": "masks",
    "mask-forgets-hidden": "masks",
    "mask-forgets-cell": "masks",
    "padding-differentiated": "masks",
    "reverse-starts-in-padding": "masks",
    "lengths-of-neighbours": "masks",
    "sorted-batch-not-undone": "masks",
}
"""Of those whose method does not tell it."""


def topic_of(mistake: str) -> str | None:
    """The topic of a mistake of the catalogue; None where none tells it, and for other names."""
    if mistake in BY_MISTAKE or mistake not in CATALOGUE:
        return BY_MISTAKE.get(mistake)
    made = CATALOGUE[mistake].backward
    changed = (m for m in BY_METHOD if getattr(made, m) is not getattr(Backward, m))
    return next((BY_METHOD[method] for method in changed), None)
