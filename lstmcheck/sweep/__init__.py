"""The same check over a grid of sizes and shapes: grid, execution, results on disk, shrinking."""
