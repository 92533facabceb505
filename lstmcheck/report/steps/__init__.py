"""What differences find at steps of every size, in every format."""
