"""How other frameworks lay out the parameters of an LSTM."""
