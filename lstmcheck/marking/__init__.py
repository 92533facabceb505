"""Many targets at once: which there are, each checked apart, and what they add up to."""
