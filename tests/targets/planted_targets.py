"""Known mistakes planted into the shipped examples of every protocol, each a replacement in the source."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parents[2] / "configs" / "targets"

FILES = {
    "plain": "plain.py",
    "cs231n-step": "cs231n_step.py",
    "cs231n-sequence": "cs231n_sequence.py",
    "course-cell": "course_cell.py",
    "course-sequence": "course_sequence.py",
    "karpathy": "karpathy.py",
    "loss": "loss.py",
    "torch": "torch_custom.py",
}
"""The correct example of each protocol."""

SHIPPED_WRONG = {
    "plain": "cell-carry-without-forget",
    "cs231n-step": "cell-carry-dropped",
    "cs231n-sequence": "only-last-output-gradient",
    "course-cell": "output-gate-uses-cell",
    "course-sequence": "no-recurrence",
    "karpathy": "final-cell-gradient-ignored",
    "loss": "recurrent-weights-use-new-hidden",
    "torch": "output-derivative-twice",
}
"""The mistake of the `_wrong.py` beside each of them."""


class Plant(NamedTuple):
    """A mistake of the catalogue as a replacement in the correct example."""

    protocol: str
    mistake: str
    old: str
    new: str
    times: int = 1
    """How often `old` occurs; all of them are replaced."""


PLAIN = [
    Plant("plain", "cell-carry-dropped", "d_c = d_c + d_h * o", "d_c = d_h * o"),
    Plant("plain", "hidden-carry-dropped", "d_h = d_z @ U", "d_h = np.zeros_like(d_h)"),
    Plant("plain", "cell-carry-without-forget", "        d_c = carried(d_c, f)\n", ""),
    Plant(
        "plain",
        "cell-carry-next-forget",
        "= carried(d_c, f)",
        "= carried(d_c, steps[min(t + 1, len(x) - 1)][3])",
    ),
    Plant(
        "plain", "truncated-by-one", "d_h = d_h + d_y[t]", "d_h, d_c = d_h * (t > 0) + d_y[t], d_c * (t > 0)"
    ),
    Plant("plain", "input-gradient-time-reversed", '"x": d_x,', '"x": d_x[::-1],'),
    Plant("plain", "adjoint-composed-forwards", "reversed(range(len(steps)))", "range(len(steps))"),
    Plant("plain", "first-step-skipped", "reversed(range(len(steps)))", "range(len(steps) - 1, 0, -1)"),
    Plant("plain", "forget-uses-older-cell", "d_c * c_prev * f", "d_c * steps[max(t - 1, 0)][1] * f"),
    Plant("plain", "initial-hidden-zero", '"h0": d_h,', '"h0": np.zeros_like(d_h),'),
    Plant("plain", "bias-overwritten", "d_b += d_z.sum(axis=0)", "d_b = d_z.sum(axis=0)"),
    Plant("plain", "sigmoid-derivative-missing-i", "d_c * g * i * (1 - i)", "d_c * g"),
    Plant("plain", "gate-order-in-backward-if", "[d_z_i, d_z_f, d_z_g", "[d_z_f, d_z_i, d_z_g"),
]

CS231N_STEP = [
    Plant("cs231n-step", "cell-carry-dropped", "dc = dnext_c + dnext_h", "dc = dnext_h"),
    Plant(
        "cs231n-step",
        "cell-carry-before-output-derivative",
        "dnext_c + dnext_h * o * (1",
        "(dnext_c + dnext_h * o) * (1",
    ),
    Plant("cs231n-step", "cell-carry-wrong-gate", "dprev_c = dc * f", "dprev_c = dc * i"),
    Plant("cs231n-step", "output-gate-uses-cell", "do = dnext_h * tanh_c", "do = dnext_h * next_c"),
    Plant("cs231n-step", "output-derivative-of-raw-cell", "1 - tanh_c**2", "1 - next_c**2"),
    Plant("cs231n-step", "input-gate-uses-itself", "di = dc * g", "di = dc * i"),
    Plant(
        "cs231n-step",
        "sigmoid-derivative-twice-o",
        "do * o * (1 - o)",
        "do * sigmoid(o) * (1 - sigmoid(o))",
    ),
    Plant("cs231n-step", "sigmoid-instead-of-derivative-f", "df * f * (1 - f)", "df * f"),
    Plant("cs231n-step", "bias-batch-mean", "da.sum(axis=0)", "da.mean(axis=0)"),
    Plant("cs231n-step", "recurrent-weights-use-new-hidden", "prev_h.T @ da", "(o * tanh_c).T @ da"),
    Plant("cs231n-step", "gate-order-in-backward", "[dai, daf, dao, dag]", "[dai, daf, dag, dao]"),
]

CS231N_SEQUENCE = [
    Plant(
        "cs231n-sequence",
        "only-last-output-gradient",
        "dnext_h = dh[:, t] + dprev_h",
        "dnext_h = dh[:, t] if t == T - 1 else dprev_h",
    ),
    Plant("cs231n-sequence", "hidden-carry-doubled", "dh[:, t] + dprev_h", "dh[:, t] + 2 * dprev_h"),
    Plant("cs231n-sequence", "input-gradient-time-reversed", "np.stack(dx[::-1]", "np.stack(dx"),
    Plant("cs231n-sequence", "recurrent-weights-overwritten", "dWh = dWh + dWh_t", "dWh = dWh_t"),
    Plant("cs231n-sequence", "initial-hidden-zero", "axis=1), dprev_h, dWx", "axis=1), 0 * dprev_h, dWx"),
    Plant("cs231n-sequence", "output-derivative-missing", " * (1 - tanh_c**2)", ""),
    Plant("cs231n-sequence", "candidate-derivative-twice-g", "1 - g**2", "1 - np.tanh(g) ** 2"),
    Plant("cs231n-sequence", "output-path-missing", "do = dnext_h * tanh_c", "do = np.zeros_like(dnext_h)"),
    Plant("cs231n-sequence", "bias-first-sample", "da.sum(axis=0)", "da[0]"),
    Plant(
        "cs231n-sequence",
        "averaged-over-time",
        "dprev_h, dWx, dWh, db\n",
        "dprev_h, dWx / T, dWh / T, db / T\n",
    ),
]

COURSE_CELL = [
    Plant("course-cell", "forget-uses-new-cell", "dz_f = dc * c_prev", "dz_f = dc * c_next"),
    Plant("course-cell", "cell-carry-dropped", "dc = dc_next + da_next", "dc = da_next"),
    Plant("course-cell", "output-derivative-twice", "1 - tanh_c**2", "1 - np.tanh(tanh_c) ** 2"),
    Plant("course-cell", "output-gate-uses-cell", "da_next * tanh_c", "da_next * c_next"),
    Plant("course-cell", "candidate-uses-itself", "dz_c = dc * it", "dz_c = dc * cct"),
    Plant("course-cell", "wrong-activation-derivative-i", "it * (1 - it)", "(1 - it**2)"),
    Plant("course-cell", "hidden-without-output-gate", " + Wo[:, :n_a].T @ dz_o", ""),
    Plant("course-cell", "input-without-output-gate", " + Wo[:, n_a:].T @ dz_o", ""),
    Plant("course-cell", "recurrent-weights-not-transposed", "[:, :n_a].T", "[:, :n_a]", times=4),
    Plant("course-cell", "candidate-sign", "1 - cct**2", "cct**2 - 1"),
]

COURSE_SEQUENCE = [
    Plant(
        "course-sequence",
        "no-recurrence",
        '        da_next, dc_next = cell["da_prev"], cell["dc_prev"]\n',
        "",
    ),
    Plant(
        "course-sequence",
        "hidden-carry-dropped",
        "da_prev = Wf[:, :n_a].T @ dz_f + Wi[:, :n_a].T @ dz_i + Wc[:, :n_a].T @ dz_c + Wo[:, :n_a].T @ dz_o",
        "da_prev = np.zeros_like(a_prev)",
    ),
    Plant("course-sequence", "cell-carry-without-forget", "dc_prev = dc * ft", "dc_prev = dc"),
    Plant(
        "course-sequence",
        "truncated-by-one",
        "da[:, :, t] + da_next, dc_next,",
        "da[:, :, t] + da_next * (t > 0), dc_next * (t > 0),",
    ),
    Plant("course-sequence", "hidden-without-candidate", " + Wc[:, :n_a].T @ dz_c", ""),
    Plant("course-sequence", "output-derivative-at-old-cell", "1 - tanh_c**2", "1 - np.tanh(c_prev) ** 2"),
    Plant("course-sequence", "sigmoid-derivative-missing-o", "tanh_c * ot * (1 - ot)", "tanh_c"),
    Plant(
        "course-sequence", "bias-overwritten", 'sum(cell[f"db{gate}"] for cell in cells)', 'cell[f"db{gate}"]'
    ),
    Plant(
        "course-sequence", "input-gradient-time-reversed", "for cell in reversed(cells)", "for cell in cells"
    ),
    Plant("course-sequence", "bias-batch-mean", "dz.sum(axis=1", "dz.mean(axis=1"),
]

KARPATHY = [
    Plant(
        "karpathy",
        "final-cell-gradient-ignored",
        "np.zeros_like(dHout[0]) if dcn is None else dcn",
        "np.zeros_like(dHout[0])",
    ),
    Plant(
        "karpathy",
        "final-hidden-gradient-ignored",
        "np.zeros_like(dHout[0]) if dhn is None else dhn",
        "np.zeros_like(dHout[0])",
    ),
    Plant(
        "karpathy",
        "joined-split-wrong",
        "_, dX[t], dh = np.split(djoined, [1, 1 + X.shape[2]], axis=1)",
        "_, dh, dX[t] = np.split(djoined, [1, 1 + dh.shape[1]], axis=1)",
    ),
    Plant("karpathy", "output-gradient-ignored", "            dh = dh + dHout[t]\n", ""),
    Plant("karpathy", "cell-carry-doubled", "dc = dc * f", "dc = dc * f * (2 if t else 1)"),
    Plant(
        "karpathy",
        "truncated-bptt-2",
        "dc = dc * f\n",
        "dc = dc * f\n            if t and (len(X) - t) % 2 == 0:\n                dc, dh = 0 * dc, 0 * dh\n",
    ),
    Plant("karpathy", "initial-cell-zero", "return dX, dWLSTM, dc, dh", "return dX, dWLSTM, 0 * dc, dh"),
    Plant(
        "karpathy",
        "cached-view-overwritten",
        "prev_c, i, f, o, g, c = steps[t]",
        "prev_c, i, f, o, g, c = steps[t]\n            prev_c = prev_c if t else steps[-1][-1]",
    ),
    Plant("karpathy", "forget-gate-uses-itself", "dzf = dc * prev_c", "dzf = dc * f"),
    Plant("karpathy", "first-step-skipped", "reversed(range(len(steps)))", "range(len(steps) - 1, 0, -1)"),
]

LOSS = [
    Plant("loss", "recurrent-weights-use-new-hidden", "d_z.T @ hs[t]", "d_z.T @ hs[t + 1]"),
    Plant("loss", "output-gradient-doubled", "d_y = error /", "d_y = 2 * error /"),
    Plant("loss", "final-cell-gradient-ignored", "d_c = c_T / c_T.size", "d_c = np.zeros_like(c_T)"),
    Plant(
        "loss",
        "averaged-loss-factor",
        "d_y = error / error.size\n    d_h = h_T / h_T.size\n    d_c = c_T / c_T.size",
        "B = len(h0)\n    d_y, d_h, d_c = (q / q.size / B for q in (error, h_T, c_T))",
    ),
    Plant("loss", "forget-uses-new-cell", "d_f = d_c * c_prev", "d_f = d_c * c"),
    Plant(
        "loss",
        "stale-previous-state",
        "d_W, d_U, d_b, d_x = 0, 0, 0, []",
        "d_W, d_U, d_b, d_x = 0, 0, 0, []\n    hs[0], cs[0] = hs[1], cs[1]",
    ),
    Plant("loss", "recurrent-weights-wrap-around", "@ hs[t]", "@ (hs[t] if t else hs[-1])"),
    Plant(
        "loss",
        "input-weights-last-step-only",
        "d_W = d_W + d_z.T @ x[t]",
        "d_W = d_W if t < len(x) - 1 else d_z.T @ x[t]",
    ),
    Plant("loss", "bias-no-batch-sum", "d_z.sum(axis=0)", "d_z[-1]"),
    Plant("loss", "candidate-instead-of-derivative-g", "d_g * (1 - g**2)", "d_g * g"),
    Plant("loss", "cell-carry-dropped", "d_c = d_c + d_h", "d_c = d_h"),
]

TORCH = [
    Plant("torch", "output-derivative-twice", "1 - tanh_c**2", "1 - tanh_c.tanh() ** 2"),
    Plant(
        "torch", "hidden-carry-dropped", "d_h_prev = d_z @ weight_hh", "d_h_prev = torch.zeros_like(h_prev)"
    ),
    Plant("torch", "cell-carry-dropped", "d_c = d_c + d_h", "d_c = d_h"),
    Plant("torch", "bias-doubled", "d_bias, d_bias", "d_bias, 2 * d_bias"),
    Plant("torch", "gate-order-in-backward", "d_z_f, d_z_g, d_z_o]", "d_z_f, d_z_o, d_z_g]"),
    Plant("torch", "recurrent-weights-use-new-hidden", "d_z.T @ h_prev", "d_z.T @ (o * tanh_c)"),
    Plant("torch", "scaled-parameter", "d_z.T @ h_prev", "d_z.T @ h_prev / 2"),
    Plant(
        "torch",
        "hidden-from-one-gate-f",
        "d_h_prev = d_z @ weight_hh",
        "d_h_prev = d_z_f @ weight_hh.chunk(4)[1]",
    ),
    Plant("torch", "sigmoid-instead-of-derivative-i", "g * i * (1 - i)", "g * i"),
    Plant("torch", "weights-batch-mean", "d_z.T @", "d_z.T / len(x) @", times=2),
]

PLANTS = [*PLAIN, *CS231N_STEP, *CS231N_SEQUENCE, *COURSE_CELL, *COURSE_SEQUENCE, *KARPATHY, *LOSS, *TORCH]


def correct(protocol: str) -> str:
    """The source of the correct example."""
    return (FOLDER / FILES[protocol]).read_text(encoding="utf-8")


def source(protocol: str, mistake: str) -> str:
    """The source of the example with one mistake of the catalogue in its backward pass."""
    (plant,) = (plant for plant in PLANTS if (plant.protocol, plant.mistake) == (protocol, mistake))
    text = correct(protocol)
    assert text.count(plant.old) == plant.times, (
        f"{protocol} {mistake}: {text.count(plant.old)} × {plant.old!r}"
    )
    return text.replace(plant.old, plant.new)
