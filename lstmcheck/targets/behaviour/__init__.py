"""What a target does when it is asked otherwise than a check asks it: other upstreams, other sizes, again.

`table.py` lists what is asked; each has a module of its own.
"""
