"""An LSTM as a torch module, whose steps have a backward pass written by hand.

B sequences, D inputs and H units wide. Parameters as in torch, the gates i, f, g, o one below the other:
weight_ih (4H, D), weight_hh (4H, H), bias_ih and bias_hh (4H).
"""

import torch
from torch import nn
from torch.autograd import Function
from torch.autograd.function import once_differentiable


def output_derivative(tanh_c):
    """The derivative of the output's tanh at c, from its value there."""
    return 1 - tanh_c**2


class Step(Function):
    @staticmethod
    def forward(ctx, x, h_prev, c_prev, weight_ih, weight_hh, bias_ih, bias_hh):
        """x (B, D), h_prev and c_prev (B, H) → h and c (B, H)."""
        z = x @ weight_ih.T + bias_ih + h_prev @ weight_hh.T + bias_hh
        z_i, z_f, z_g, z_o = z.chunk(4, dim=1)
        i, f, g, o = z_i.sigmoid(), z_f.sigmoid(), z_g.tanh(), z_o.sigmoid()
        c = f * c_prev + i * g
        h = o * c.tanh()
        ctx.save_for_backward(x, h_prev, c_prev, weight_ih, weight_hh, i, f, g, o, c)
        return h, c

    @staticmethod
    @once_differentiable
    def backward(ctx, d_h, d_c):
        """Gradients of h and c, each (B, H) → those of all that `forward` was given, in its order."""
        x, h_prev, c_prev, weight_ih, weight_hh, i, f, g, o, c = ctx.saved_tensors
        tanh_c = c.tanh()
        d_c = d_c + d_h * o * output_derivative(tanh_c)
        d_z_i = d_c * g * i * (1 - i)
        d_z_f = d_c * c_prev * f * (1 - f)
        d_z_g = d_c * i * (1 - g**2)
        d_z_o = d_h * tanh_c * o * (1 - o)
        d_z = torch.cat([d_z_i, d_z_f, d_z_g, d_z_o], dim=1)
        d_x = d_z @ weight_ih
        d_h_prev = d_z @ weight_hh
        d_c_prev = d_c * f
        d_weight_ih = d_z.T @ x
        d_weight_hh = d_z.T @ h_prev
        d_bias = d_z.sum(dim=0)
        return d_x, d_h_prev, d_c_prev, d_weight_ih, d_weight_hh, d_bias, d_bias


class HandWrittenLSTM(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.weight_ih = nn.Parameter(torch.empty(4 * hidden_size, input_size))
        self.weight_hh = nn.Parameter(torch.empty(4 * hidden_size, hidden_size))
        self.bias_ih = nn.Parameter(torch.empty(4 * hidden_size))
        self.bias_hh = nn.Parameter(torch.empty(4 * hidden_size))
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -(hidden_size**-0.5), hidden_size**-0.5)

    def forward(self, x, states):
        """x (T, B, D), states h0 and c0 (1, B, H) → y (T, B, H), and the last h and c (1, B, H)."""
        h, c = states[0][0], states[1][0]
        y = []
        for x_t in x:
            h, c = Step.apply(x_t, h, c, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
            y.append(h)
        return torch.stack(y), (h[None], c[None])


def build(input_size, hidden_size):
    return HandWrittenLSTM(input_size, hidden_size)
