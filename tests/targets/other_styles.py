"""Right implementations in other styles than the examples': gate by gate, joined matrices, objects."""

from __future__ import annotations

GATE_BY_GATE = """
import numpy as np

def sigmoid(z): return 1 / (1 + np.exp(-z))

def forward(params, x, h0, c0):
    Wi, Wf, Wg, Wo = np.split(params["W"], 4)
    Ui, Uf, Ug, Uo = np.split(params["U"], 4)
    bi, bf, bg, bo = np.split(params["b"], 4)
    T = len(x)
    h, c = {-1: h0}, {-1: c0}
    i, f, g, o = {}, {}, {}, {}
    for t in range(T):
        i[t] = sigmoid(x[t] @ Wi.T + h[t - 1] @ Ui.T + bi)
        f[t] = sigmoid(x[t] @ Wf.T + h[t - 1] @ Uf.T + bf)
        g[t] = np.tanh(x[t] @ Wg.T + h[t - 1] @ Ug.T + bg)
        o[t] = sigmoid(x[t] @ Wo.T + h[t - 1] @ Uo.T + bo)
        c[t] = f[t] * c[t - 1] + i[t] * g[t]
        h[t] = o[t] * np.tanh(c[t])
    return np.stack([h[t] for t in range(T)]), h[T - 1], c[T - 1], (params, x, h, c, i, f, g, o)

def backward(d_y, d_h, d_c, cache):
    params, x, h, c, i, f, g, o = cache
    Wi, Wf, Wg, Wo = np.split(params["W"], 4)
    Ui, Uf, Ug, Uo = np.split(params["U"], 4)
    dWi, dWf, dWg, dWo = (np.zeros_like(Wi) for _ in range(4))
    dUi, dUf, dUg, dUo = (np.zeros_like(Ui) for _ in range(4))
    dbi, dbf, dbg, dbo = (np.zeros(len(Wi)) for _ in range(4))
    dx = np.zeros_like(x)
    dh_next, dc_next = d_h, d_c
    for t in range(len(x) - 1, -1, -1):
        dh = d_y[t] + dh_next
        dc = dc_next + dh * o[t] * (1 - np.tanh(c[t]) ** 2)
        di = dc * g[t] * i[t] * (1 - i[t])
        df = dc * c[t - 1] * f[t] * (1 - f[t])
        dg = dc * i[t] * (1 - g[t] ** 2)
        do = dh * np.tanh(c[t]) * o[t] * (1 - o[t])
        dWi += di.T @ x[t]; dUi += di.T @ h[t - 1]; dbi += di.sum(0)
        dWf += df.T @ x[t]; dUf += df.T @ h[t - 1]; dbf += df.sum(0)
        dWg += dg.T @ x[t]; dUg += dg.T @ h[t - 1]; dbg += dg.sum(0)
        dWo += do.T @ x[t]; dUo += do.T @ h[t - 1]; dbo += do.sum(0)
        dx[t] = di @ Wi + df @ Wf + dg @ Wg + do @ Wo
        dh_next = di @ Ui + df @ Uf + dg @ Ug + do @ Uo
        dc_next = dc * f[t]
    dW = np.concatenate([dWi, dWf, dWg, dWo])
    dU = np.concatenate([dUi, dUf, dUg, dUo])
    db = np.concatenate([dbi, dbf, dbg, dbo])
    return {"W": dW, "U": dU, "b": db, "x": dx, "h0": dh_next, "c0": dc_next}
"""

ONE_SEQUENCE_AT_A_TIME = """
import numpy as np

def act(z):
    n = len(z) // 4
    s = 1 / (1 + np.exp(-z))
    return s[:n], s[n:2 * n], np.tanh(z[2 * n:3 * n]), s[3 * n:]

def forward(params, x, h0, c0):
    M = np.hstack([params["U"], params["W"], params["b"][:, None]])
    T, B, D = x.shape
    H = h0.shape[1]
    one = np.ones(1)
    hs = np.zeros((B, T + 1, H), dtype=(x[0, 0, :1] + M[0, :1] + h0[0, :1] + c0[0, :1]).dtype)
    cs, acts = np.zeros_like(hs), [[None] * T for _ in range(B)]
    for n in range(B):
        hs[n, 0], cs[n, 0] = h0[n], c0[n]
        for t in range(T):
            i, f, g, o = acts[n][t] = act(M @ np.concatenate([hs[n, t], x[t, n], one]))
            cs[n, t + 1] = i * g + f * cs[n, t]
            hs[n, t + 1] = np.tanh(cs[n, t + 1]) * o
    return hs[:, 1:].swapaxes(0, 1).copy(), hs[:, -1].copy(), cs[:, -1].copy(), (M, x, hs, cs, acts)

def backward(d_y, d_h, d_c, cache):
    M, x, hs, cs, acts = cache
    T, B, D = x.shape
    H = hs.shape[2]
    one = np.ones(1)
    dM = np.zeros_like(M)
    dx, dh0, dc0 = np.zeros_like(x), np.zeros((B, H)), np.zeros((B, H))
    for n in range(B):
        dh, dc = d_h[n].copy(), d_c[n].copy()
        for t in range(T - 1, -1, -1):
            i, f, g, o = acts[n][t]
            dh = dh + d_y[t, n]
            tc = np.tanh(cs[n, t + 1])
            dc = dc + dh * o * (1 - tc * tc)
            da = np.concatenate([dc * g * i * (1 - i), dc * cs[n, t] * f * (1 - f),
                                 dc * i * (1 - g * g), dh * tc * o * (1 - o)])
            v = np.concatenate([hs[n, t], x[t, n], one])
            dM += np.outer(da, v)
            dv = M.T @ da
            dh, dx[t, n] = dv[:H], dv[H:H + D]
            dc = dc * f
        dh0[n], dc0[n] = dh, dc
    return {"U": dM[:, :H], "W": dM[:, H:H + D], "b": dM[:, -1], "x": dx, "h0": dh0, "c0": dc0}
"""

AFTER_THE_LOOP = """
import numpy as np

def forward(params, x, h0, c0):
    W, U, b = (params[k] for k in "WUb")
    H = h0.shape[-1]
    states, memory, gates = [h0], [c0], []
    for xt in x:
        a = (np.einsum("kd,bd->bk", W, xt) + np.einsum("kh,bh->bk", U, states[-1]) + b).reshape(-1, 4, H)
        ga = np.where(np.arange(4)[:, None] == 2, np.tanh(a), 1 / (1 + np.exp(-a)))
        gates.append(ga)
        memory.append(ga[:, 1] * memory[-1] + ga[:, 0] * ga[:, 2])
        states.append(ga[:, 3] * np.tanh(memory[-1]))
    return np.array(states[1:]), states[-1], memory[-1], (W, U, x, states, memory, gates)

def backward(d_y, d_h, d_c, cache):
    W, U, x, states, memory, gates = cache
    T, H = len(x), d_h.shape[-1]
    deltas = np.zeros((T, x.shape[1], 4, H))
    dh, dc = d_h, d_c
    for k in range(1, T + 1):
        t = T - k
        i, f, g, o = gates[t].swapaxes(0, 1)
        s = np.tanh(memory[t + 1])
        dh = dh + d_y[t]
        dc = dc + dh * o * (1 - s ** 2)
        deltas[t, :, 0] = dc * g
        deltas[t, :, 1] = dc * memory[t]
        deltas[t, :, 2] = dc * i
        deltas[t, :, 3] = dh * s
        slope = gates[t] * (1 - gates[t])
        slope[:, 2] = 1 - g ** 2
        deltas[t] *= slope
        dh = deltas[t].reshape(-1, 4 * H) @ U
        dc = dc * f
    deltas = deltas.reshape(T, -1, 4 * H)
    dW = np.einsum("tbk,tbd->kd", deltas, x)
    dU = np.einsum("tbk,tbh->kh", deltas, np.array(states[:-1]))
    db = np.einsum("tbk->k", deltas)
    dx = np.einsum("tbk,kd->tbd", deltas, W)
    return {"W": dW, "U": dU, "b": db, "x": dx, "h0": dh, "c0": dc}
"""

OBJECTS = """
import numpy as np

def sig(x): return 1 / (1 + np.exp(-x))
def dsig(y): return y * (1 - y)
def dtanh(y): return 1 - y ** 2

class Node:
    def __init__(self, p): self.p = p
    def run(self, x, h, c):
        self.x, self.h_in, self.c_in = x, h, c
        z = np.split(x @ self.p["W"].T + h @ self.p["U"].T + self.p["b"], 4, axis=1)
        self.i, self.f, self.g, self.o = sig(z[0]), sig(z[1]), np.tanh(z[2]), sig(z[3])
        self.c = self.f * c + self.i * self.g
        self.tc = np.tanh(self.c)
        self.h = self.o * self.tc
        return self.h, self.c
    def back(self, dh, dc, grads):
        ds = self.o * dh * dtanh(self.tc) + dc
        do = self.tc * dh
        di = self.g * ds
        dg = self.i * ds
        df = self.c_in * ds
        parts = [dsig(self.i) * di, dsig(self.f) * df, dtanh(self.g) * dg, dsig(self.o) * do]
        da = np.concatenate(parts, axis=1)
        grads["W"] += da.T @ self.x
        grads["U"] += da.T @ self.h_in
        grads["b"] += da.sum(axis=0)
        return da @ self.p["W"], da @ self.p["U"], ds * self.f

def forward(params, x, h0, c0):
    nodes, h, c = [], h0, c0
    for xt in x:
        nodes.append(Node(params))
        h, c = nodes[-1].run(xt, h, c)
    return np.stack([n.h for n in nodes]), h, c, nodes

def backward(d_y, d_h, d_c, nodes):
    grads = {k: np.zeros_like(nodes[0].p[k]) for k in "WUb"}
    xs = []
    for node, dy in zip(nodes[::-1], d_y[::-1]):
        dx, d_h, d_c = node.back(dy + d_h, d_c, grads)
        xs.append(dx)
    return {**grads, "x": np.stack(xs[::-1]), "h0": d_h, "c0": d_c}
"""

STYLES = {
    "gate by gate": GATE_BY_GATE,
    "one sequence at a time": ONE_SEQUENCE_AT_A_TIME,
    "after the loop": AFTER_THE_LOOP,
    "objects": OBJECTS,
}
