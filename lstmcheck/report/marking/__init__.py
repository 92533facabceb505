"""Many targets, in every format."""
