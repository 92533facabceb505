"""As cs231n_sequence.py, but of the gradients of the outputs only the last one is read."""

import cs231n_sequence
import numpy as np
from cs231n_sequence import lstm_forward

__all__ = ["lstm_backward", "lstm_forward"]


def lstm_backward(dh, cache):
    """The gradient of every output, dh (N, T, H) → those of x, h0, Wx, Wh and b."""
    last = np.zeros_like(dh)
    last[:, -1] = dh[:, -1]
    return cs231n_sequence.lstm_backward(last, cache)  # right: dh
