"""Where the gradients of a jax function stop being finite."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

from lstmcheck.targets.running.calling import place_of


def first_not_finite(run: Callable[[], Any], function: Callable[..., Any]) -> str | None:
    """The line whose derivative is the first NaN of a backward pass; None where that cannot be found.

    It is run operation by operation, and jax looks at each.
    """
    import jax

    try:
        with redirect_stdout(StringIO()), jax.disable_jit(), jax.debug_nans(True):
            run()
    except FloatingPointError as error:
        return place_of(function, error)[0]
    except Exception:  # not every function can be run so
        return None
    return None
