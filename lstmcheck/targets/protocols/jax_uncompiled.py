"""A jax function run without being compiled: what compiling hides, and where numbers stop being finite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from typing import Any

import numpy as np

from lstmcheck.targets.running.calling import place_of


def is_the_same_twice(run: Callable[[], Any]) -> bool:
    """Whether a function gives the same bits twice. A Python side effect runs each time only here: what is
    compiled keeps what it was when it was traced. One that cannot be run so is not accused of any."""
    try:
        with _uncompiled():
            one, two = (_leaves(run()) for _ in range(2))
    except Exception:
        return True
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, two, strict=True))


def first_not_finite(run: Callable[[], Any], function: Callable[..., Any]) -> str | None:
    """The line from which the first NaN of a backward pass comes; None where that cannot be found."""
    import jax

    try:
        with _uncompiled(), jax.debug_nans(True):
            run()
    except FloatingPointError as error:
        return place_of(function, error)[0]
    except Exception:
        return None
    return None


@contextmanager
def _uncompiled() -> Iterator[None]:
    import jax

    with jax.disable_jit(), redirect_stdout(StringIO()):
        yield


def _leaves(result: Any) -> list[Any]:
    import jax

    return [np.asarray(each) for each in jax.tree.leaves(result)]
