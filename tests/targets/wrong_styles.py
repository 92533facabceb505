"""Wrong implementations in other styles than the examples': right ones, with lines replaced.

Each was written, and its mistakes chosen, before any of them was diagnosed.
"""

from __future__ import annotations

from dataclasses import dataclass

from other_styles import STYLES


@dataclass(frozen=True)
class Wrong:
    """A style with lines replaced."""

    style: str
    told: str
    """What is wrong, in words."""
    names: str
    """Of these mistakes in the catalogue, or what has them in its effect; with ~ what it lacks."""
    replacements: tuple[tuple[str, str], ...]
    protocol: str = "plain"

    def __str__(self) -> str:
        return f"{self.style}: {self.told}"

    @property
    def slips(self) -> tuple[str, ...]:
        return tuple(self.names.split())

    @property
    def known(self) -> frozenset[str]:
        """Those that the catalogue has."""
        return frozenset(slip for slip in self.slips if slip[0] != "~")

    @property
    def source(self) -> str:
        """Raises ValueError where a line is not there."""
        text = STYLES[self.style]
        for right, wrong in self.replacements:
            if right not in text:
                raise ValueError(f"{self.told}: no {right}")
            text = text.replace(right, wrong)
        return text


GATES, SEQUENCES, AFTER, NODES = STYLES
IN_OTHER_STYLES = (
    Wrong(
        GATES,
        "W_f gets i's, b_o gets g's",
        "copied-gate",
        (("dWf += df.T", "dWf += di.T"), ("dbo += do.", "dbo += dg.")),
    ),
    Wrong(
        GATES,
        "f with the new c; b_i of the last pass only",
        "forget-uses-new-cell bias-overwritten",
        (("dc * c[t - 1] * f[t]", "dc * c[t] * f[t]"), ("dbi += di", "dbi = di")),
    ),
    Wrong(
        GATES,
        "o missing in d_h and d_x",
        "hidden-without-output-gate input-without-output-gate",
        ((" + do @ Wo", ""), (" + do @ Uo", "")),
    ),
    Wrong(
        GATES, "the square inside the tanh", "~square-inside", (("np.tanh(c[t]) ** 2", "np.tanh(c[t] ** 2)"),)
    ),
    Wrong(
        GATES,
        "the carry of papers: f of the step after, the last one's d_h ignored",
        "final-hidden-gradient-ignored initial-cell-without-forget",
        (
            ("dh_next, dc_next = d_h, d_c", "dh_next, dc_next, f[len(x)] = 0 * d_h, d_c, 1"),
            ("dc = dc_next + dh", "dc = dc_next * f[t + 1] + dh"),
            ("dc_next = dc * f[t]", "dc_next = dc"),
        ),
    ),
    Wrong(
        GATES,
        "d_c from o's own gradient",
        "cell-from-output-gate",
        (
            (
                "        dc = dc_next + dh * o[t]",
                "        do = dh * np.tanh(c[t]) * o[t] * (1 - o[t])\n        dc = dc_next + do",
            ),
        ),
    ),
    Wrong(
        GATES,
        "weight decay",
        "weight-decay-added",
        (("dU = np.conc", "dW = dW + 0.01 * params['W']; dU = np.conc"),),
    ),
    Wrong(
        GATES,
        "tanh' of g twice, U with the new h, the biases' mean",
        "candidate-derivative-twice-g recurrent-weights-use-new-hidden bias-batch-mean",
        (
            ("(1 - g[t] ** 2)", "(1 - np.tanh(g[t]) ** 2)"),
            (".T @ h[t - 1]; db", ".T @ h[t]; db"),
            ('"b": db', '"b": db / x.shape[1]'),
        ),
    ),
    Wrong(
        SEQUENCES,
        "the carries of one sequence go on into the next",
        "carries-of-the-sequence-before",
        (
            (
                "dh, dc = d_h[n].copy(), d_c[n].copy()",
                "dh, dc = (d_h[n].copy(), d_c[n].copy()) if n == 0 else (dh, dc)",
            ),
        ),
    ),
    Wrong(
        SEQUENCES,
        "the parameters' mean over the batch, and no recurrence",
        "hidden-carry-dropped bias-batch-mean weights-batch-mean forget-path-dropped",
        (
            ("            dc = dc * f\n", "            dh, dc = 0 * dh, 0 * dc\n"),
            ('return {"U"', 'dM /= B\n    return {"U"'),
        ),
    ),
    Wrong(
        SEQUENCES,
        "the last sequence alone",
        "bias-no-batch-sum weights-last-sequence-only",
        (
            (
                "    for n in range(B):\n        dh, dc",
                "    for n in range(B):\n        dM[:] = 0\n        dh, dc",
            ),
        ),
    ),
    Wrong(
        SEQUENCES,
        "tanh of the c before, f with the new c",
        "output-gate-uses-old-output output-derivative-at-old-cell forget-uses-new-cell",
        (
            ("tc = np.tanh(cs[n, t + 1])", "tc = np.tanh(cs[n, t])"),
            ("dc * cs[n, t] * f", "dc * cs[n, t + 1] * f"),
        ),
    ),
    Wrong(
        SEQUENCES,
        "[h, x] taken for [x, h]",
        "joined-split-wrong-xh",
        (("dh, dx[t, n] = dv[:H], dv[H:H + D]", "dx[t, n], dh = dv[:D], dv[D:D + H]"),),
    ),
    Wrong(
        SEQUENCES,
        "the gates' gradients clipped at 0.1",
        "gate-gradients-clipped",
        (("            v = np", "            da = np.clip(da, -0.1, 0.1)\n            v = np"),),
    ),
    Wrong(
        AFTER,
        "a sigmoid's derivative for g, too",
        "wrong-activation-derivative-g",
        (("        slope[:, 2] = 1 - g ** 2\n", ""),),
    ),
    Wrong(
        AFTER,
        "U with the new h, b of the last step",
        "bias-last-step-only recurrent-weights-use-new-hidden",
        (("states[:-1]", "states[1:]"), ('np.einsum("tbk->k", deltas)', "deltas[-1].sum(0)")),
    ),
    Wrong(
        AFTER,
        "the buffer is in the order of the backward loop",
        "input-gradient-time-reversed recurrent-weights-time-reversed input-weights-time-reversed",
        (("        t = T - k\n", "        t = T - k\n        j = k - 1\n"), ("deltas[t", "deltas[j")),
    ),
    Wrong(AFTER, "the square outside the difference", "~square-outside", (("(1 - s ** 2)", "(1 - s) ** 2"),)),
    Wrong(
        AFTER,
        "d_h before the derivatives; c0 returned before the forget gate",
        "hidden-from-activations initial-cell-without-forget",
        (
            (
                "        deltas[t] *= slope\n        dh = deltas[t].reshape(-1, 4 * H) @ U\n"
                "        dc = dc * f\n",
                "        dh = deltas[t].reshape(-1, 4 * H) @ U\n        deltas[t] *= slope\n"
                "        dc = dc * f if t else dc\n",
            ),
        ),
    ),
    Wrong(
        NODES,
        "tanh' of the raw c, o with the raw c",
        "output-gate-uses-cell output-derivative-of-raw-cell",
        (("dtanh(self.tc)", "dtanh(self.c)"), ("do = self.tc", "do = self.c")),
    ),
    Wrong(
        NODES,
        "the helpers expect z",
        "output-derivative-twice derivative-twice-all-gates",
        (
            ("return y * (1 - y)", "return sig(y) * (1 - sig(y))"),
            ("return 1 - y ** 2", "return 1 - np.tanh(y) ** 2"),
        ),
    ),
    Wrong(
        NODES,
        "d_x in the order of the loop, the bias's mean",
        "input-gradient-time-reversed bias-batch-mean",
        (("xs[::-1]", "xs"), ("da.sum(axis=0)", "da.mean(axis=0)")),
    ),
    Wrong(
        NODES,
        "U of the last pass, the carry through i",
        "cell-carry-wrong-gate recurrent-weights-overwritten",
        (('grads["U"] += ', 'grads["U"] = '), ("ds * self.f", "ds * self.i")),
    ),
    Wrong(
        NODES,
        "the carry without f, the last d_h ignored",
        "cell-carry-without-forget final-hidden-gradient-ignored",
        (("ds * self.f", "ds"), ("    xs = []\n", "    xs, d_h = [], 0 * d_h\n")),
    ),
    Wrong(NODES, "d_y in the forward order", "output-gradient-time-reversed", (("d_y[::-1]", "d_y"),)),
    Wrong(
        NODES, "d_y twice", "output-gradient-doubled", (("node.back(dy + d_h,", "node.back(dy + d_h + dy,"),)
    ),
    Wrong(
        NODES,
        "the parameters' descent, not their gradient",
        "scaled-parameter",
        (("return {**grads,", "return {**{k: -v for k, v in grads.items()},"),),
    ),
    Wrong(
        NODES,
        "i and g exchanged, f with tanh', no tanh' of c",
        "output-derivative-missing input-gate-uses-itself candidate-uses-itself"
        " wrong-activation-derivative-f",
        (
            ("di = self.g * ds", "di = self.i * ds"),
            ("dg = self.i * ds", "dg = self.g * ds"),
            ("dsig(self.f) * df", "dtanh(self.f) * df"),
            (" * dtanh(self.tc)", ""),
        ),
    ),
)
