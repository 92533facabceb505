"""A sweep, in every format."""
