"""Which lines of a target are wrong: its source is watched as it runs, each value named by its content."""
