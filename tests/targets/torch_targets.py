"""A torch module of a whole network, whose backward pass is written by hand: changed here and there."""

from __future__ import annotations

from typing import Any

NETWORK = '''
import torch
from torch import nn
from torch.autograd import Function


class Cell(Function):
    @staticmethod
    def forward(ctx, x, h, c, W, U, b_ih, b_hh, inside, layer, backwards):
        """One cell over a sequence: x (T, B, width), h and c (B, H) -> y (T, B, H) and the last h and c."""
        T = len(x)
        times = range(T - 1, -1, -1) if backwards else range(T)
        y, steps = torch.zeros(T, *h.shape, dtype=x.dtype), []
        for t in times:
            m, old_h, old_c = inside[t], h, c
            z = x[t] @ W.T + b_ih + h @ U.T + b_hh
            i, f, g, o = [k.tanh() if n == 2 else k.sigmoid() for n, k in enumerate(z.chunk(4, 1))]
            new_c = f * c + i * g
            h = torch.where(m, o * new_c.tanh(), old_h)
            c = torch.where(m, new_c, old_c)
            y[t] = torch.where(m, h, 0)
            steps.append((t, old_h, old_c, i, f, g, o, new_c))
        ctx.save_for_backward(x, W, U, inside)
        ctx.steps, ctx.layer, ctx.backwards = steps, layer, backwards
        return y, h, c

    @staticmethod
    def backward(ctx, d_y, d_h, d_c):
        x, W, U, inside = ctx.saved_tensors
        layer, backwards, last = ctx.layer, ctx.backwards, len(x) - 1
        d_x, d_W, d_U, d_b = torch.zeros_like(x), 0, 0, 0
        for t, h, c, i, f, g, o, new_c in reversed(ctx.steps):
            m, tanh_c = inside[t], new_c.tanh()
            d_h_t = torch.where(m, d_y[t] + d_h, 0)
            d_c_t = torch.where(m, d_c, 0) + d_h_t * o * (1 - tanh_c**2)
            d_z_i = d_c_t * g * i * (1 - i)
            d_z_f = d_c_t * c * f * (1 - f)
            d_z_g = d_c_t * i * (1 - g**2)
            d_z_o = d_h_t * tanh_c * o * (1 - o)
            d_z = torch.cat([d_z_i, d_z_f, d_z_g, d_z_o], 1)
            d_W = d_W + d_z.T @ x[t]
            d_U = d_U + d_z.T @ h
            d_b = d_b + d_z.sum(0)
            d_x[t] = d_z @ W
            d_h = torch.where(m, d_z @ U, d_h)
            d_c = torch.where(m, d_c_t * f, d_c)
        d_b_hh = d_b
        return d_x, d_h, d_c, d_W, d_U, d_b, d_b_hh, None, None, None


class Network(nn.Module):
    def __init__(self, D, H, num_layers=1, bidirectional=False):
        super().__init__()
        self.cells = [(k, r) for k in range(num_layers) for r in (False, True)[: 1 + bidirectional]]
        for cell in self.cells:
            width = H * (1 + bidirectional) if cell[0] else D
            shapes = [(4 * H, width), (4 * H, H), (4 * H,), (4 * H,)]
            for name, shape in zip(self.names(*cell), shapes):
                self.register_parameter(name, nn.Parameter(torch.zeros(shape)))

    def names(self, k, r):
        return [f"{n}_l{k}{'_reverse' * r}" for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]

    def forward(self, x, states, lengths=None):
        T, B, _ = x.shape
        lengths = torch.full((B,), T) if lengths is None else lengths
        inside = (torch.arange(T)[:, None] < lengths)[..., None]
        hs, cs = [], []
        for k in sorted({layer for layer, _ in self.cells}):
            ys = []
            for cell in [each for each in self.cells if each[0] == k]:
                n = self.cells.index(cell)
                own = [getattr(self, name) for name in self.names(*cell)]
                y, h, c = Cell.apply(x, states[0][n], states[1][n], *own, inside, *cell)
                ys.append(y)
                hs.append(h)
                cs.append(c)
            x = torch.cat(ys, -1)
        return x, (torch.stack(hs), torch.stack(cs))


build = Network
'''
SIZES: dict[str, Any] = {
    "lstm__hidden_size": 2,
    "lstm__num_layers": 2,
    "lstm__bidirectional": True,
    "sequence__length": 3,
    "sequence__batch": 3,
    "sequence__lengths": "[3, 1, 2]",
}


def planted(old: str, new: str) -> str:
    """The network with a text, which occurs once, replaced."""
    assert NETWORK.count(old) == 1, f"{NETWORK.count(old)} × {old!r}"
    return NETWORK.replace(old, new)
