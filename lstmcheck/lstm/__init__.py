"""The mathematics of the LSTM: equations forward, terms backward, losses. numpy only."""
