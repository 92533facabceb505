"""One step of an LSTM in which every column is a sample, forward and backward.

m samples, n_x inputs, n_a units and n_y outputs. Every gate has its own weights over [a_prev; xt],
W (n_a, n_a + n_x), and its own bias b (n_a, 1). f forgets, i updates, c is the candidate, o outputs.
"""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - z.max(axis=0))
    return e / e.sum(axis=0)


def lstm_cell_forward(xt, a_prev, c_prev, parameters):
    """xt (n_x, m), a_prev and c_prev (n_a, m) → a_next, c_next, the prediction yt (n_y, m), and a cache."""
    p = parameters
    stacked = np.vstack([a_prev, xt])
    ft = sigmoid(p["Wf"] @ stacked + p["bf"])
    it = sigmoid(p["Wi"] @ stacked + p["bi"])
    cct = np.tanh(p["Wc"] @ stacked + p["bc"])
    ot = sigmoid(p["Wo"] @ stacked + p["bo"])
    c_next = ft * c_prev + it * cct
    a_next = ot * np.tanh(c_next)
    yt = softmax(p["Wy"] @ a_next + p["by"])
    return a_next, c_next, yt, (xt, a_prev, c_prev, ft, it, cct, ot, c_next, parameters)


def output_gate_gradient(da_next, c_next, ot):
    """The gradient of a_next → that of what the output gate is the sigmoid of; all of them (n_a, m)."""
    tanh_c = np.tanh(c_next)
    return da_next * tanh_c * ot * (1 - ot)


def lstm_cell_backward(da_next, dc_next, cache):
    """Gradients of a_next and c_next, each (n_a, m) → those of inputs, states and parameters, by name."""
    xt, a_prev, c_prev, ft, it, cct, ot, c_next, p = cache
    tanh_c = np.tanh(c_next)
    dc = dc_next + da_next * ot * (1 - tanh_c**2)

    dz_f = dc * c_prev * ft * (1 - ft)
    dz_i = dc * cct * it * (1 - it)
    dz_c = dc * it * (1 - cct**2)
    dz_o = output_gate_gradient(da_next, c_next, ot)

    n_a = len(a_prev)
    Wf, Wi, Wc, Wo = p["Wf"], p["Wi"], p["Wc"], p["Wo"]
    da_prev = Wf[:, :n_a].T @ dz_f + Wi[:, :n_a].T @ dz_i + Wc[:, :n_a].T @ dz_c + Wo[:, :n_a].T @ dz_o
    dxt = Wf[:, n_a:].T @ dz_f + Wi[:, n_a:].T @ dz_i + Wc[:, n_a:].T @ dz_c + Wo[:, n_a:].T @ dz_o
    dc_prev = dc * ft

    stacked = np.vstack([a_prev, xt])
    gradients = {"dxt": dxt, "da_prev": da_prev, "dc_prev": dc_prev}
    for gate, dz in {"f": dz_f, "i": dz_i, "c": dz_c, "o": dz_o}.items():
        gradients[f"dW{gate}"] = dz @ stacked.T
        gradients[f"db{gate}"] = dz.sum(axis=1, keepdims=True)
    return gradients
