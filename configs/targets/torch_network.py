"""torch's own LSTM with layers, directions, a projection: what the section lstm declares is handed over."""

from torch import nn


def build(input_size, hidden_size, **network):
    return nn.LSTM(input_size, hidden_size, **network)
