"""Reports for people and for machines, one module per format. Nothing here measures or judges."""
