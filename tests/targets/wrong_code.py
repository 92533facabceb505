"""Wrong implementations of all protocols, with the mistakes that public code really has, several at once.

Each is one of the examples in `configs/targets` with lines replaced: a slip is a list of replacements, under
the catalogue's name of it; under a name that begins with ~, where the catalogue has none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "configs" / "targets"
Slip = tuple[tuple[str, str], ...]

PLAIN: dict[str, Slip] = {
    "cell-carry-dropped": (("d_c = d_c + d_h * o", "d_c = d_h * o"),),
    "cell-carry-without-forget": (("return d_c * f", "return d_c"),),
    "cell-carry-wrong-gate": (("d_c = carried(d_c, f)", "d_c = d_c * i"),),
    "copied-gate": (
        ("d_b += d_z.sum(axis=0)", "d_b += np.hstack([d_z_f, d_z_f, d_z_g, d_z_f]).sum(axis=0)"),
    ),
    "copied-gate-weights": (("d_W += d_z.T @", "d_W += np.hstack([d_z_f, d_z_f, d_z_g, d_z_f]).T @"),),
    "input-weights-last-step-only": (("d_W += d_z.T @ x[t]", "d_W += d_z.T @ x[t] * (t == len(steps) - 1)"),),
    "recurrent-weights-last-step-only": (
        ("d_U += d_z.T @ h_prev", "d_U += d_z.T @ h_prev * (t == len(steps) - 1)"),
    ),
    "recurrent-weights-overwritten": (("d_U += d_z.T", "d_U = d_z.T"),),
    "bias-overwritten": (("d_b += d_z", "d_b = d_z"),),
    "bias-batch-mean": (("d_b += d_z.sum", "d_b += d_z.mean"),),
    "bias-first-sample": (("d_b += d_z.sum(axis=0)", "d_b += d_z[0]"),),
    "hidden-carry-dropped": (("d_h = d_z @ U", "d_h = 0 * d_z @ U"),),
    "no-recurrence": (
        ("d_h = d_h + d_y[t]", "d_h = (d_h if t == len(steps) - 1 else 0) + d_y[t]"),
        ("d_c = d_c + d_h", "d_c = (d_c if t == len(steps) - 1 else 0) + d_h"),
    ),
    "output-derivative-twice": (("(1 - tanh_c**2)", "(1 - np.tanh(tanh_c) ** 2)"),),
    "output-derivative-of-raw-cell": (("(1 - tanh_c**2)", "(1 - c**2)"),),
    "output-derivative-missing": ((" * (1 - tanh_c**2)", ""),),
    "output-gate-uses-cell": (("d_h * tanh_c * o", "d_h * c * o"),),
    "cell-from-output-doubled": (("d_c + d_h * o", "d_c + 2 * d_h * o"),),
    "cell-carry-before-output-derivative": (("d_c + d_h * o * (", "(d_c + d_h * o) * ("),),
    "derivative-twice-sigmoid-gates": (
        ("i * (1 - i)", "sigmoid(i) * (1 - sigmoid(i))"),
        ("f * (1 - f)", "sigmoid(f) * (1 - sigmoid(f))"),
        ("o * (1 - o)", "sigmoid(o) * (1 - sigmoid(o))"),
    ),
    "derivative-twice-all-gates": (
        ("i * (1 - i)", "sigmoid(i) * (1 - sigmoid(i))"),
        ("f * (1 - f)", "sigmoid(f) * (1 - sigmoid(f))"),
        ("o * (1 - o)", "sigmoid(o) * (1 - sigmoid(o))"),
        ("(1 - g**2)", "(1 - np.tanh(g) ** 2)"),
    ),
    "activation-instead-of-derivative-sigmoid-gates": (
        ("i * (1 - i)", "i"),
        ("f * (1 - f)", "f"),
        ("o * (1 - o)", "o"),
    ),
    "derivative-missing-sigmoid-gates": (
        (" * i * (1 - i)", ""),
        (" * f * (1 - f)", ""),
        (" * o * (1 - o)", ""),
    ),
    "wrong-activation-derivative-o": (("o * (1 - o)", "(1 - o**2)"),),
    "wrong-activation-derivative-g": (("(1 - g**2)", "g * (1 - g)"),),
    "candidate-derivative-twice-g": (("(1 - g**2)", "(1 - np.tanh(g) ** 2)"),),
    "sigmoid-derivative-twice-i": (("i * (1 - i)", "sigmoid(i) * (1 - sigmoid(i))"),),
    "sigmoid-derivative-missing-f": ((" * f * (1 - f)", ""),),
    "candidate-sign": (("(1 - g**2)", "(g**2 - 1)"),),
    "input-gate-uses-itself": (("d_c * g * i", "d_c * i * i"),),
    "forget-uses-new-cell": (("d_c * c_prev", "d_c * c"),),
    "recurrent-weights-use-new-hidden": (("d_z.T @ h_prev", "d_z.T @ (o * tanh_c)"),),
    "recurrent-weights-wrap-around": (
        ("d_U += d_z.T @ h_prev", "d_U += d_z.T @ (h_prev if t else steps[-1][5] * np.tanh(steps[-1][6]))"),
    ),
    "recurrent-weights-use-older-hidden": (("d_z.T @ h_prev", "d_z.T @ steps[max(t - 1, 0)][0]"),),
    "hidden-from-activations": (
        ("d_h = d_z @ U", "d_h = np.hstack([d_c * g, d_c * c_prev, d_c * i, d_h * tanh_c]) @ U"),
    ),
    "recurrent-weights-not-transposed": (
        ("d_h = d_z @ U", "d_h = sum(z @ M.T for z, M in zip(np.split(d_z, 4, 1), np.split(U, 4)))"),
    ),
    "cells-one-step-early": (
        (
            "h_prev, c_prev, i, f, g, o, c = steps[t]",
            "h_prev, c, i, f, g, o, _ = steps[t]; c_prev = steps[max(t - 1, 0)][1]",
        ),
    ),
    "cached-view-overwritten": (
        (
            "h_prev, c_prev, i, f, g, o, c = steps[t]",
            "h_prev, c_prev, i, f, g, o, c = steps[t]; c_prev = steps[t - 1][6]",
        ),
    ),
    "first-step-skipped": (("reversed(range(len(steps)))", "range(len(steps) - 1, 0, -1)"),),
    "averaged-over-time": (
        (
            'return {"W": d_W, "U": d_U, "b": d_b,',
            "d_W, d_U, d_b = (a / len(x) for a in (d_W, d_U, d_b))\n"
            '    return {"W": d_W, "U": d_U, "b": d_b,',
        ),
    ),
    "gradients-never-written": (
        (
            'return {"W": d_W,',
            "d_W, d_U, d_b, d_x, d_h, d_c = (0 * a for a in (d_W, d_U, d_b, d_x, d_h, d_c))\n"
            '    return {"W": d_W,',
        ),
    ),
    "gate-gradients-never-written": (("d_z_g, d_z_o], axis=1)", "d_z_g, d_z_o], axis=1) * 0"),),
    "clipped-inside": (
        (
            'return {"W": d_W,',
            "d_W, d_U, d_b, d_x, d_h, d_c = (np.clip(a, -1, 1) for a in (d_W, d_U, d_b, d_x, d_h, d_c))\n"
            '    return {"W": d_W,',
        ),
    ),
    "carries-clipped": (
        ("d_h = d_z @ U", "d_h = np.clip(d_z @ U, -0.5, 0.5)"),
        ("return d_c * f", "return np.clip(d_c * f, -0.5, 0.5)"),
    ),
    "hidden-carry-clipped": (("d_h = d_z @ U", "d_h = np.clip(d_z @ U, -0.5, 0.5)"),),
    "cell-carry-clipped": (("return d_c * f", "return np.clip(d_c * f, -1, 1)"),),
    "scaled-parameter": (('"W": d_W,', '"W": d_W / (len(x) * x.shape[1]),'),),
    "input-gradient-time-reversed": (('"x": d_x,', '"x": d_x[::-1],'),),
    "initial-hidden-zero": (('"h0": d_h,', '"h0": 0 * d_h,'),),
    "input-without-output-gate": (("d_x[t] = d_z @ W", "d_x[t] = d_z[:, :-o.shape[1]] @ W[:-o.shape[1]]"),),
    "output-gradient-one-step-early": (("d_y[t]", "d_y[t - 1]"),),
    "hidden-carry-without-weights": (("d_h = d_z @ U", "d_h = sum(np.split(d_z, 4, axis=1))"),),
    "~half-an-output-path": (("d_c + d_h * o", "d_c + 0.7 * d_h * o * o"),),
    "~begun-at-random": (("np.zeros_like(W)", "np.random.default_rng(1).normal(size=W.shape)"),),
    "~forget-squared": (("return d_c * f", "return d_c * f * f"),),
    "~candidate-wrong": (("d_c * i * (1 - g**2)", "d_c * i * (1 - g)"),),
    "~input-wrong": (("d_c * g * i * (1 - i)", "d_c * np.sin(g) * i * (1 - i)"),),
    "~bias-of-o-overwritten": (
        (
            "d_b += d_z.sum(axis=0)",
            "d_b += d_z.sum(axis=0); d_b[-o.shape[1]:] = d_z.sum(axis=0)[-o.shape[1]:]",
        ),
    ),
    "~weights-of-a-neighbour": (("d_W += d_z.T @ x[t]", "d_W += d_z.T @ x[t][::-1]"),),
}
STEP: dict[str, Slip] = {
    "cell-carry-dropped": (("dc = dnext_c + dnext_h", "dc = dnext_h"),),
    "cell-carry-without-forget": (("dprev_c = dc * f", "dprev_c = dc"),),
    "derivative-twice-sigmoid-gates": (
        ("di * i * (1 - i)", "di * sigmoid(i) * (1 - sigmoid(i))"),
        ("df * f * (1 - f)", "df * sigmoid(f) * (1 - sigmoid(f))"),
        ("do * o * (1 - o)", "do * sigmoid(o) * (1 - sigmoid(o))"),
    ),
    "derivative-missing-all-gates": (
        ("di * i * (1 - i)", "di"),
        ("df * f * (1 - f)", "df"),
        ("do * o * (1 - o)", "do"),
        ("dg * (1 - g**2)", "dg"),
    ),
    "sigmoid-derivative-twice-i": (("di * i * (1 - i)", "di * sigmoid(i) * (1 - sigmoid(i))"),),
    "sigmoid-derivative-twice-f": (("df * f * (1 - f)", "df * sigmoid(f) * (1 - sigmoid(f))"),),
    "candidate-derivative-twice-g": (("(1 - g**2)", "(1 - np.tanh(g) ** 2)"),),
    "wrong-activation-derivative-o": (("do * o * (1 - o)", "do * (1 - o**2)"),),
    "wrong-activation-derivative-g": (("(1 - g**2)", "g * (1 - g)"),),
    "hidden-from-activations": (("da @ Wh.T", "np.hstack([di, df, do, dg]) @ Wh.T"),),
    "carries-clipped": (
        ("dprev_h = da @ Wh.T", "dprev_h = np.clip(da @ Wh.T, -1, 1)"),
        ("dprev_c = dc * f", "dprev_c = np.clip(dc * f, -1, 1)"),
    ),
    "output-derivative-of-raw-cell": (("(1 - tanh_c**2)", "(1 - next_c**2)"),),
    "output-gate-uses-cell": (("do = dnext_h * tanh_c", "do = dnext_h * next_c"),),
    "recurrent-weights-use-new-hidden": (("prev_h.T @ da", "(o * tanh_c).T @ da"),),
    "bias-batch-mean": (("da.sum(axis=0)", "da.mean(axis=0)"),),
    "weights-batch-mean": (("x.T @ da", "x.T @ da / len(x)"), ("prev_h.T @ da", "prev_h.T @ da / len(x)")),
    "gate-order-in-backward": (
        ("da = np.hstack([dai, daf, dao, dag])", "da = np.hstack([dai, daf, dag, dao])"),
    ),
    "cell-from-output-doubled": (("dnext_c + dnext_h * o", "dnext_c + 2 * dnext_h * o"),),
    "input-gate-uses-itself": (("di = dc * g", "di = dc * i"),),
    "~dc-from-the-next": (("dprev_c = dc * f", "dprev_c = dnext_c * f"),),
    "scaled-parameter": (("prev_h.T @ da", "prev_h.T @ da * 0.3"),),
}
SEQUENCE: dict[str, Slip] = STEP | {
    "recurrent-weights-overwritten": (("dWh = dWh + dWh_t", "dWh = dWh_t"),),
    "bias-overwritten": (("db = db + db_t", "db = db_t"),),
    "no-recurrence": (
        ("dnext_h = dh[:, t] + dprev_h", "dnext_h = dh[:, t]"),
        ("(dnext_h, dprev_c, cache[t])", "(dnext_h, 0 * dprev_c, cache[t])"),
    ),
    "input-gradient-time-reversed": (("dx[::-1]", "dx"),),
}
COURSE: dict[str, Slip] = {
    "sigmoid-derivative-missing-f": ((" * ft * (1 - ft)", ""),),
    "sigmoid-instead-of-derivative-i": (("it * (1 - it)", "it"),),
    "candidate-derivative-missing-g": ((" * (1 - cct**2)", ""),),
    "output-derivative-missing": ((" * (1 - tanh_c**2)", ""),),
    "cell-carry-without-forget": (("dc_prev = dc * ft", "dc_prev = dc"),),
    "hidden-without-output-gate": ((" + Wo[:, :n_a].T @ dz_o", ""),),
    "input-without-output-gate": ((" + Wo[:, n_a:].T @ dz_o", ""),),
    "bias-batch-mean": (("dz.sum(axis=1", "dz.mean(axis=1"),),
    "cell-carry-dropped": (("dc = dc_next + da_next", "dc = da_next"),),
    "forget-uses-new-cell": (("dc * c_prev", "dc * c_next"),),
    "~input-squared": (("dc * cct * it", "dc * cct**2 * it"),),
}
COURSE_SEQUENCE: dict[str, Slip] = COURSE | {
    "no-recurrence": (("(da[:, :, t] + da_next, dc_next,", "(da[:, :, t], 0 * dc_next,"),),
    "input-gradient-time-reversed": (("in reversed(cells)]", "in cells]"),),
}
KARPATHY: dict[str, Slip] = {
    "cell-carry-dropped": (("dc = dc + dh * o", "dc = dh * o"),),
    "derivative-twice-sigmoid-gates": (
        ("i * (1 - i)", "sigmoid(i) * (1 - sigmoid(i))"),
        ("f * (1 - f)", "sigmoid(f) * (1 - sigmoid(f))"),
        ("o * (1 - o)", "sigmoid(o) * (1 - sigmoid(o))"),
    ),
    "hidden-carry-dropped": (
        (
            "np.split(djoined, [1, 1 + X.shape[2]], axis=1)",
            "np.split(djoined, [1, 1 + X.shape[2]], axis=1)\n            dh = 0 * dh",
        ),
    ),
    "cell-carry-without-forget": (("dc = dc * f", "dc = dc * 1"),),
    "candidate-sign": (("(1 - g**2)", "(g**2 - 1)"),),
    "output-path-missing": (("dzo = dh", "dzo = 0 * dh"),),
    "truncated-by-one": (
        ("dh = dh + dHout[t]", "dh, dc = (dh * (t > 0), dc * (t > 0)); dh = dh + dHout[t]"),
    ),
    "final-cell-gradient-ignored": (("if dcn is None else dcn", "if True else dcn"),),
}
LOSS: dict[str, Slip] = {
    "cell-carry-dropped": (("d_c = d_c + d_h * o", "d_c = d_h * o"),),
    "recurrent-weights-use-new-hidden": (("d_z.T @ hs[t]", "d_z.T @ hs[t + 1]"),),
    "recurrent-weights-wrap-around": (("d_z.T @ hs[t]", "d_z.T @ (hs[t] if t else hs[-1])"),),
    "derivative-missing-sigmoid-gates": (
        ("d_i * i * (1 - i)", "d_i"),
        ("d_f * f * (1 - f)", "d_f"),
        ("d_o * o * (1 - o)", "d_o"),
    ),
    "candidate-derivative-twice-g": (("(1 - g**2)", "(1 - np.tanh(g) ** 2)"),),
    "bias-batch-mean": (("d_z.sum(axis=0)", "d_z.mean(axis=0)"),),
    "hidden-carry-dropped": (("d_h = d_z @ U", "d_h = 0 * d_z @ U"),),
    "no-recurrence": (
        ("d_h = d_z @ U", "d_h = d_z @ U * (t == 0)"),
        ("d_c = d_c * f", "d_c = d_c * f * (t == 0)"),
    ),
    "loss-gradient-wrong": (("loss = 0.5 *", "loss = 0.5 / 4 *"),),
    "~output-cubed": (("d_o * o * (1 - o)", "d_o * o**3 * (1 - o)"),),
}
TORCH: dict[str, Slip] = {
    "cell-carry-dropped": (("d_c = d_c + d_h", "d_c = d_h"),),
    "cell-carry-without-forget": (("d_c_prev = d_c * f", "d_c_prev = d_c"),),
    "sigmoid-derivative-missing-f": ((" * f * (1 - f)", ""),),
    "recurrent-weights-use-new-hidden": (("d_z.T @ h_prev", "d_z.T @ (o * tanh_c)"),),
    "output-derivative-missing": (("return 1 - tanh_c**2", "return 1 + 0 * tanh_c"),),
    "candidate-sign": (("(1 - g**2)", "(g**2 - 1)"),),
    "~input-squared": (("d_c * g * i", "d_c * g**2 * i"),),
}
SLIPS = {
    "plain": ("plain", PLAIN),
    "cs231n-step": ("cs231n_step", STEP),
    "cs231n-sequence": ("cs231n_sequence", SEQUENCE),
    "course-cell": ("course_cell", COURSE),
    "course-sequence": ("course_sequence", COURSE_SEQUENCE),
    "karpathy": ("karpathy", KARPATHY),
    "loss": ("loss", LOSS),
    "torch": ("torch_custom", TORCH),
}


@dataclass(frozen=True)
class WrongCode:
    """One implementation: its protocol, and its slips."""

    protocol: str
    slips: tuple[str, ...]
    name: str = ""

    def __str__(self) -> str:
        return self.name or f"{self.protocol}: {', '.join(self.slips)}"

    @property
    def known(self) -> frozenset[str]:
        """The slips that the catalogue has."""
        return frozenset(slip for slip in self.slips if slip[0] != "~")

    @property
    def source(self) -> str:
        """The example with its lines replaced. Raises ValueError where one is not there."""
        file, slips = SLIPS[self.protocol]
        text = (FOLDER / f"{file}.py").read_text()
        for slip in self.slips:
            for right, wrong in slips[slip]:
                if right not in text:
                    raise ValueError(f"{self}: no {right}")
                text = text.replace(right, wrong)
        return re.sub(r"^import (?=plain)", "import ", text)


def _codes(protocol: str, *combinations: str) -> tuple[WrongCode, ...]:
    return tuple(WrongCode(protocol, tuple(each.split())) for each in combinations)


LIKE_PUBLIC_CODE = (
    WrongCode(
        "plain",
        ("cell-carry-dropped", "copied-gate", "input-weights-last-step-only"),
        "like hanbt/learn_dl: three",
    ),
    WrongCode(
        "plain",
        (
            "cell-carry-dropped",
            "copied-gate",
            "input-weights-last-step-only",
            "recurrent-weights-last-step-only",
        ),
        "like hanbt/learn_dl: W and U of the last step",
    ),
    WrongCode(
        "cs231n-step",
        (
            "sigmoid-derivative-twice-i",
            "sigmoid-derivative-twice-f",
            "candidate-derivative-twice-g",
            "wrong-activation-derivative-o",
            "carries-clipped",
            "hidden-from-activations",
        ),
        "like kevin-bruhwiler: six",
    ),
    WrongCode(
        "plain",
        (
            "hidden-from-activations",
            "sigmoid-derivative-twice-i",
            "candidate-derivative-twice-g",
            "wrong-activation-derivative-o",
            "clipped-inside",
        ),
        "like kevin-bruhwiler: five, clipped at the end",
    ),
    WrongCode(
        "plain",
        (
            "cached-view-overwritten",
            "candidate-derivative-twice-g",
            "recurrent-weights-use-older-hidden",
            "copied-gate-weights",
        ),
        "like jiexunsee: four",
    ),
    WrongCode(
        "plain",
        (
            "cells-one-step-early",
            "activation-instead-of-derivative-sigmoid-gates",
            "candidate-derivative-twice-g",
            "no-recurrence",
            "averaged-over-time",
        ),
        "like CaptainE: c off by one, σ for σ', twice, no recurrence, averaged",
    ),
    WrongCode(
        "plain",
        (
            "cells-one-step-early",
            "activation-instead-of-derivative-sigmoid-gates",
            "candidate-derivative-twice-g",
            "output-derivative-twice",
            "no-recurrence",
            "averaged-over-time",
            "bias-batch-mean",
            "clipped-inside",
        ),
        "like CaptainE: eight",
    ),
    WrongCode("cs231n-sequence", ("no-recurrence",), "like a course's sequence"),
    WrongCode("plain", ("output-derivative-of-raw-cell", "cell-carry-without-forget"), "like nicodjimenez"),
    WrongCode("plain", ("cell-from-output-doubled",), "like VahidNaghashi"),
    WrongCode("plain", ("recurrent-weights-use-new-hidden",), "like anup44"),
    WrongCode("plain", ("gate-gradients-never-written",), "like thinc"),
    WrongCode("plain", ("carries-clipped",), "like horecdev"),
    WrongCode(
        "plain",
        ("~begun-at-random", "no-recurrence", "cells-one-step-early", "output-gradient-one-step-early"),
        "like MarkusHohle",
    ),
    WrongCode(
        "plain",
        (
            "wrong-activation-derivative-g",
            "hidden-carry-without-weights",
            "output-derivative-of-raw-cell",
            "clipped-inside",
        ),
        "like evelyne96",
    ),
)

CORPUS = (
    *LIKE_PUBLIC_CODE,
    *_codes(
        "plain",
        "derivative-twice-sigmoid-gates",
        "derivative-twice-all-gates cell-carry-dropped",
        "derivative-missing-sigmoid-gates hidden-carry-dropped bias-overwritten",
        "hidden-carry-clipped candidate-sign",
        "cell-carry-clipped sigmoid-derivative-missing-f input-weights-last-step-only",
        "gradients-never-written",
        "scaled-parameter bias-batch-mean no-recurrence",
        "recurrent-weights-not-transposed forget-uses-new-cell initial-hidden-zero",
        "input-gradient-time-reversed input-gate-uses-itself output-gate-uses-cell",
        "first-step-skipped cell-carry-wrong-gate bias-first-sample",
        "cell-carry-before-output-derivative input-without-output-gate recurrent-weights-overwritten",
        "~half-an-output-path",
        "~half-an-output-path copied-gate",
        "~forget-squared bias-batch-mean",
        "~candidate-wrong recurrent-weights-use-new-hidden",
        "~input-wrong recurrent-weights-wrap-around initial-hidden-zero",
        "~weights-of-a-neighbour cell-carry-dropped",
        "hidden-carry-without-weights",
        "wrong-activation-derivative-o output-derivative-missing copied-gate-weights",
    ),
    *_codes(
        "cs231n-step",
        "derivative-twice-sigmoid-gates cell-carry-dropped",
        "derivative-missing-all-gates bias-batch-mean",
        "carries-clipped output-derivative-of-raw-cell",
        "gate-order-in-backward weights-batch-mean",
        "cell-from-output-doubled input-gate-uses-itself recurrent-weights-use-new-hidden",
        "~dc-from-the-next sigmoid-derivative-twice-i",
        "scaled-parameter wrong-activation-derivative-g output-gate-uses-cell",
    ),
    *_codes(
        "cs231n-sequence",
        "no-recurrence derivative-twice-sigmoid-gates recurrent-weights-overwritten",
        "output-derivative-of-raw-cell sigmoid-derivative-twice-i wrong-activation-derivative-g",
        "cell-carry-without-forget bias-overwritten input-gradient-time-reversed",
        "derivative-missing-all-gates weights-batch-mean",
        "scaled-parameter cell-carry-dropped",
    ),
    *_codes(
        "course-cell",
        "sigmoid-derivative-missing-f sigmoid-instead-of-derivative-i candidate-derivative-missing-g",
        "output-derivative-missing cell-carry-without-forget hidden-without-output-gate",
        "cell-carry-dropped input-without-output-gate bias-batch-mean forget-uses-new-cell",
        "~input-squared bias-batch-mean",
    ),
    *_codes(
        "course-sequence",
        "no-recurrence sigmoid-derivative-missing-f bias-batch-mean",
        "output-derivative-missing sigmoid-instead-of-derivative-i input-gradient-time-reversed",
        "hidden-without-output-gate forget-uses-new-cell cell-carry-without-forget",
        "~input-squared no-recurrence",
    ),
    *_codes(
        "karpathy",
        "cell-carry-dropped derivative-twice-sigmoid-gates candidate-sign",
        "hidden-carry-dropped output-path-missing",
        "truncated-by-one cell-carry-without-forget",
        "final-cell-gradient-ignored candidate-sign hidden-carry-dropped",
    ),
    *_codes(
        "loss",
        "no-recurrence",
        "cell-carry-dropped recurrent-weights-use-new-hidden",
        "derivative-missing-sigmoid-gates recurrent-weights-wrap-around bias-batch-mean",
        "hidden-carry-dropped candidate-derivative-twice-g",
        "loss-gradient-wrong",
        "~output-cubed recurrent-weights-wrap-around",
    ),
    *_codes(
        "torch",
        "cell-carry-dropped sigmoid-derivative-missing-f recurrent-weights-use-new-hidden",
        "cell-carry-without-forget output-derivative-missing candidate-sign",
        "~input-squared recurrent-weights-use-new-hidden",
    ),
)
