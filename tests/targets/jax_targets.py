"""Functions of jax with mistakes planted in them, made from those in configs/targets."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parents[2] / "configs" / "targets"
FUNCTION, CUSTOM = (
    (FOLDER / f"jax_{name}.py").read_text(encoding="utf-8") for name in ("function", "custom")
)
RETURNED = "return d_W, d_U, d_b, d_z @ W, d_h0, d_c0, None"
CALL = "    return run_layers(run_cell, params, x, h0, c0, lengths)"
HEAD = "def forward(params, x, h0, c0, lengths=None):\n"


def with_change(source: str, right: str, wrong: str) -> str:
    """A source with one thing in another's place."""
    assert source.count(right) == 1
    return source.replace(right, wrong)


class Plant(NamedTuple):
    """A mistake of the catalogue, and where it is made in the custom rule."""

    mistake: str
    right: str
    wrong: str

    @property
    def source(self) -> str:
        return with_change(CUSTOM, self.right, self.wrong)


ONE_CELL = [
    Plant("hidden-carry-dropped", "jnp.where(is_inside, d_z @ U, d_h)", "jnp.where(is_inside, 0, d_h)"),
    Plant("forget-uses-new-cell", "d_c_t * c * f", "d_c_t * c_t * f"),
    Plant("output-gate-uses-cell", "d_h_t * tanh_c * o", "d_h_t * c_t * o"),
    Plant("bias-first-sample", "d_z.sum((0, 1))", "d_z.sum(0)[0]"),
    Plant(
        "recurrent-weights-overwritten", '"tbk,tbh->kh", d_z, steps[0]', '"bk,bh->kh", d_z[0], steps[0][0]'
    ),
    Plant("input-gradient-time-reversed", "d_z @ W, d_h0", "(d_z @ W)[::-1], d_h0"),
    Plant("initial-cell-zero", RETURNED, RETURNED.replace("d_c0", "None")),
]
NETWORK = [
    Plant("cell-carry-dropped", "jnp.where(is_inside, d_c, 0) + d_h_t", "d_h_t"),
    Plant("cell-carry-without-forget", "d_c_t * f, d_c)", "d_c_t, d_c)"),
    Plant("bias-batch-mean", "d_z.sum((0, 1))", "d_z.sum(0).mean(0)"),
]
