"""Which line of a backward pass a mistake is made in, for those whose source is not watched."""

from __future__ import annotations

from collections.abc import Iterable

from lstmcheck.lstm.backward import Backward
from lstmcheck.mistakes.catalogue import CATALOGUE
from lstmcheck.mistakes.mistake import Mistake

LINES = {
    "d_z_i": "the line that computes d_z_i",
    "d_z_f": "the line that computes d_z_f",
    "d_z_g": "the line that computes d_z_g",
    "d_z_o": "the line that computes d_z_o",
    "output_of_cell": "the line that computes d_z_o",
    "d_m": "the line that takes d_h back through the projection",
    "d_c": "the line that adds the output's share to d_c",
    "d_h_total": "the line that adds d_y to d_h, at the top of the loop",
    "d_c_total": "the line that adds to d_c, at the top of the loop",
    "d_h_prev": "the line that hands d_h to the step before, at the end of the loop",
    "d_c_prev": "the line that hands d_c to the step before, at the end of the loop",
    "d_x": "the line that computes d_x",
    "d_W": "the line that sums d_W",
    "d_U": "the line that sums d_U",
    "d_b": "the line that sums d_b",
    "d_p": "the line that sums d_p",
    "d_R": "the line that sums d_R",
    "parameter_terms": "the lines that sum the parameters' gradients",
    "deltas": "the lines that compute d_z of the four gates",
    "cell": "what the loop over time begins with, and in which order it runs",
    "gradients": "what is done to the gradients before they are returned",
    "d_x_of_layer": "where the gradients of both directions are added",
    "d_y_of_direction": "where d_y is split into both directions",
    "__init__": "what the backward loop reads of the forward pass, and its bounds",
}
"""By the method of the right backward pass that a mistake changes."""


def where_to_look(mistakes: Iterable[Mistake]) -> tuple[str, ...]:
    """`the line that computes d_z_f`, for all of them, each once."""
    # As somebody makes it, and not only in some cells or gates.
    made = [CATALOGUE.get(each.id, each).backward for each in mistakes]
    methods = (m for each in made for m in LINES if getattr(each, m) is not getattr(Backward, m))
    return tuple(dict.fromkeys(LINES[method] for method in methods))
