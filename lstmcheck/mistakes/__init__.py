"""Known mistakes in backward passes: the catalogue, the name of what is wrong, and what a check cannot see."""
