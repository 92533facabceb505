"""torch's own LSTM, one layer."""

from torch import nn


def build(input_size, hidden_size):
    return nn.LSTM(input_size, hidden_size)
