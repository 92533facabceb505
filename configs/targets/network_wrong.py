"""As network.py, but what a layer hands down is the gradient of its forward direction alone."""

from types import FunctionType

import network
from network import forward

__all__ = ["backward", "forward"]


def added(d_xs):
    return d_xs[0]  # right: sum(d_xs)


# The same code, with this one function in the other's place.
names = {**vars(network), "added": added}
backward = FunctionType(network.backward.__code__, names)
