"""The random numbers that a whole process shares: numpy's, Python's, and torch's where it is imported."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import numpy as np

SEED = 0


@contextmanager
def same_seeds() -> Iterator[None]:
    """Inside, they begin at the same seed each time; outside they go on where they were."""
    with ExitStack() as stack:
        stack.callback(random.setstate, random.getstate())
        stack.callback(np.random.set_state, np.random.get_state())
        random.seed(SEED)
        np.random.seed(SEED)
        if torch := sys.modules.get("torch"):
            stack.enter_context(torch.random.fork_rng())
            torch.manual_seed(SEED)
        yield
