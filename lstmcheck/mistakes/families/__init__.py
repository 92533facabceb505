"""Known mistakes, a table for each family; a row has its facts, and the terms that differ or a class."""
