"""As loss.py, but the gradient of the recurrent weights reads the h after each step, not the one before."""

import loss
from loss import loss_and_grads

__all__ = ["loss_and_grads"]


def recurrent_gradient(d_z, hs, t):
    return d_z.T @ hs[t + 1]  # right: hs[t]


loss.recurrent_gradient = recurrent_gradient
