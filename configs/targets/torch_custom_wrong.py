"""As torch_custom.py, but the derivative of the output's tanh has a tanh too many."""

import torch_custom
from torch_custom import build

__all__ = ["build"]


def output_derivative(tanh_c):
    return 1 - tanh_c.tanh() ** 2  # right: 1 - tanh_c**2


torch_custom.output_derivative = output_derivative
