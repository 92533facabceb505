"""As loss.py, but the gradient of the recurrent weights reads the h after each step, not the one before."""

from types import FunctionType

import loss

__all__ = ["loss_and_grads"]


def recurrent_gradient(d_z, hs, t):
    return d_z.T @ hs[t + 1]  # right: hs[t]


# The same code, with this one function in the other's place.
names = {**vars(loss), "recurrent_gradient": recurrent_gradient}
loss_and_grads = FunctionType(loss.loss_and_grads.__code__, names)
