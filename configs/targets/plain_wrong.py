"""As plain.py, but the gradient of the cell state is handed on as if there were no forget gate."""

from types import FunctionType

import plain
from plain import forward

__all__ = ["backward", "forward"]


def carried(d_c, f):
    return d_c  # right: d_c * f


# The same code, with this one function in the other's place.
names = {**vars(plain), "carried": carried}
backward = FunctionType(plain.backward.__code__, names)
