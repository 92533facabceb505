"""A flow of gradients over time, in every format."""
