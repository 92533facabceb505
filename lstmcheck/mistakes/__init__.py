"""Known mistakes in backward passes: the catalogue, the name of what is wrong, what a check cannot see."""
