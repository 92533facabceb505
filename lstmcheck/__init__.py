"""Checks that the backward pass of an LSTM is the derivative of its forward pass."""

__version__ = "0.1.0"
