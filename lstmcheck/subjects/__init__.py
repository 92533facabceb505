"""Whose gradients are checked: ours, or those of a target."""
