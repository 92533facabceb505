"""As plain.py, but the gradient of the cell state is handed on as if there were no forget gate."""

import plain
from plain import backward, forward

__all__ = ["backward", "forward"]


def carried(d_c, f):
    return d_c  # right: d_c * f


plain.carried = carried
