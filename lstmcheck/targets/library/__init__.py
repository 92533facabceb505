"""Functions of a shared library: found, handed guarded memory, called."""
