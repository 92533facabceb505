"""More of them, written and chosen after the others had been named, and before these were."""

from __future__ import annotations

from wrong_styles import AFTER, GATES, NODES, SEQUENCES, Wrong

MORE_STYLES = (
    Wrong(
        GATES,
        "U_o with the new h, b_f never summed",
        "recurrent-weights-use-new-hidden bias-term-dropped",
        (("dUo += do.T @ h[t - 1]", "dUo += do.T @ h[t]"), ("dbf += df.sum(0)", "pass")),
    ),
    Wrong(
        GATES,
        "d_h is a quarter",
        "~quarter",
        (("di @ Ui + df @ Uf + dg @ Ug + do @ Uo", "(di @ Ui + df @ Uf + dg @ Ug + do @ Uo) / 4"),),
    ),
    Wrong(
        GATES,
        "the carry of c is added to the carry before",
        "cell-carry-accumulated",
        (("dc_next = dc * f[t]", "dc_next = dc_next + dc * f[t]"),),
    ),
    Wrong(
        GATES,
        "the carry of h is added to the carry before",
        "hidden-carry-accumulated",
        (("dh_next = di", "dh_next = dh_next + di"),),
    ),
    Wrong(
        SEQUENCES,
        "tanh' by h in the place of tanh c",
        "~derivative-by-h",
        (("(1 - tc * tc)", "(1 - hs[n, t + 1] ** 2)"),),
    ),
    Wrong(
        SEQUENCES,
        "1-i and 1-f for the derivatives",
        "~half-of-a-derivative",
        (("i * (1 - i)", "(1 - i)"), ("f * (1 - f)", "(1 - f)")),
    ),
    Wrong(
        AFTER,
        "b averaged over time, U wraps around",
        "recurrent-weights-wrap-around scaled-parameter",
        (
            ('np.einsum("tbk->k", deltas)', "deltas.mean(0).sum(0)"),
            ("np.array(states[:-1])", "np.array([states[-1]] + states[1:-1])"),
        ),
    ),
    Wrong(
        AFTER,
        "x of the first step zero; h0 before U",
        "~first-step-of-x ~h0-before-weights",
        (
            ("    dx = np.einsum(", "    dh = dh0\n    dx = np.einsum("),
            ("        dh = dh + d_y[t]\n", "        dh = dh0 = dh + d_y[t]\n"),
            ('    return {"W": dW', '    dx[0] = 0\n    return {"W": dW'),
        ),
    ),
    Wrong(AFTER, "tanh' for o and not for g", "~derivatives-exchanged", (("slope[:, 2]", "slope[:, 3]"),)),
    Wrong(
        NODES,
        "d_y of the last step only",
        "only-last-output-gradient",
        (("node.back(dy + d_h,", "node.back(dy * (node is nodes[-1]) + d_h,"),),
    ),
    Wrong(
        NODES,
        "no carry of c, the first sequence's bias, x negated",
        "cell-carry-dropped bias-first-sample input-gradient-negated",
        ((" + dc\n", "\n"), ("da.sum(axis=0)", "da[0]"), ("np.stack(xs[::-1])", "-np.stack(xs[::-1])")),
    ),
    Wrong(
        NODES,
        "f with the new c, g without tanh c's path",
        "forget-uses-new-cell ~candidate-from-h",
        (("df = self.c_in * ds", "df = self.c * ds"), ("dg = self.i * ds", "dg = self.i * dh")),
    ),
    Wrong(
        NODES,
        "clipped by the norm",
        "scaled-parameter",
        (("return {**grads,", "return {**{k: v / max(1, np.linalg.norm(v)) for k, v in grads.items()},"),),
    ),
    Wrong(
        NODES,
        "mean over time and batch",
        "scaled-parameter",
        (("return {**grads,", "return {**{k: v / len(nodes) / d_y.shape[1] for k, v in grads.items()},"),),
    ),
    Wrong(
        SEQUENCES,
        "the last step skipped",
        "last-step-skipped",
        (("range(T - 1, -1, -1)", "range(T - 2, -1, -1)"),),
    ),
    Wrong(
        AFTER,
        "g with the i of the step before",
        "~gate-of-the-step-before",
        (("deltas[t, :, 2] = dc * i", "deltas[t, :, 2] = dc * gates[t - 1][:, 0]"),),
    ),
    Wrong(
        GATES,
        "i with the carry alone",
        "~input-gate-of-the-carry",
        (("di = dc * g[t]", "di = dc_next * g[t]"),),
    ),
    Wrong(
        AFTER,
        "d_y one step late",
        "output-gradient-one-step-late",
        (("dh = dh + d_y[t]", "dh = dh + (d_y[t + 1] if t + 1 < T else 0)"),),
    ),
    Wrong(
        SEQUENCES,
        "h and x of the step after",
        "recurrent-weights-use-new-hidden ~x-of-the-step-after",
        (
            (
                "v = np.concatenate([hs[n, t], x[t, n], one])",
                "v = np.concatenate([hs[n, t + 1], x[min(t + 1, T - 1), n], one])",
            ),
        ),
    ),
    Wrong(
        NODES,
        "sigmoid for tanh in g, o through the raw c, batch mean of U",
        "output-gate-uses-cell wrong-activation-derivative-g weights-batch-mean",
        (
            ("dtanh(self.g)", "dsig(self.g)"),
            ("do = self.tc * dh", "do = self.c * dh"),
            ('grads["U"] += da.T @ self.h_in', 'grads["U"] += da.T @ self.h_in / len(da)'),
        ),
    ),
    Wrong(
        GATES,
        "W transposed by reshape, c0 zero",
        "initial-cell-zero ~transposed-by-reshape",
        (('"W": dW', '"W": dW.T.reshape(dW.shape)'), ('"c0": dc_next', '"c0": 0 * dc_next')),
    ),
    Wrong(
        NODES,
        "tanh c of the previous for o; the carry doubled",
        "output-gate-uses-old-output forget-path-doubled",
        (("do = self.tc * dh", "do = np.tanh(self.c_in) * dh"), ("ds * self.f", "2 * ds * self.f")),
    ),
)
