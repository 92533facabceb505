"""What is wrong with a gradient: its name, or its place."""
