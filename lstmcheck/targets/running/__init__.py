"""Running a target's functions: in a process of their own, or in this one if they were handed over."""
