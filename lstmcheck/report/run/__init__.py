"""A run, in every format."""
