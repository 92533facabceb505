"""Known mistakes, each a backward pass with one wrong term."""
