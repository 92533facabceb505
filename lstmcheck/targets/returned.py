"""What the target returns, checked: how many values, of which shapes, and whether they are numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from lstmcheck.errors import LstmcheckError, Problem
from lstmcheck.lstm.precision import PRECISIONS
from lstmcheck.lstm.types import Numbers
from lstmcheck.targets.running.calling import definition, name_of

Function = Callable[..., Any]
Shape = tuple[int, ...]


def fault(function: Function, what: str, remedy: str | None = None) -> LstmcheckError:
    """An error at the function's definition."""
    place, excerpt = definition(function)
    return LstmcheckError(Problem(f"{name_of(function)} {what}", place, remedy, excerpt))


def several(function: Function, result: Any, names: Sequence[str]) -> tuple[Any, ...]:
    """As many values as there are names."""
    wanted = f"wanted {len(names)}: {', '.join(names)}."
    if not isinstance(result, tuple | list):
        raise fault(function, f"returned {kind(result)}; {wanted}")
    if len(result) != len(names):
        raise fault(function, f"returned {len(result)} values; {wanted}")
    return tuple(result)


def mapping(function: Function, result: Any) -> Mapping[str, Any]:
    """A dict of gradients."""
    if not isinstance(result, Mapping):
        raise fault(function, f"returned {kind(result)}; wanted a dict of gradients by name.")
    return result


def known_names(function: Function, found: Mapping[str, Any], known: Sequence[str]) -> None:
    """Raises LstmcheckError for a name that means nothing: its gradient would be left out unseen."""
    for name in found:
        if name not in known:
            raise fault(function, f"returned '{name}', which is not known here.", _meant(str(name), known))


def _meant(name: str, known: Sequence[str]) -> str:
    bare = name.removeprefix("d_").removeprefix("d").removeprefix("grad_")
    hint = f"Is it '{bare}'? " if bare in known else ""
    if f"{name}_l0" in known:
        hint = f"A network's arrays are called by their cells: '{name}_l0'. "
    return f"{hint}Known are {', '.join(known)}."


def array(function: Function, name: str, value: Any, shape: Shape, letters: str = "") -> Numbers:
    """One array of numbers of the wanted shape, copied; whether they are finite is the verdict's business."""
    wanted = f"{shape} {letters}".rstrip()
    if value is None:
        raise fault(function, f"returned None for {name}; wanted an array {wanted}.")
    try:
        found = np.asarray(value)
    except ValueError:  # a list of arrays of several shapes
        raise fault(function, f"returned {kind(value)} for {name}; wanted an array {wanted}.") from None
    is_real = found.dtype.kind in "f" or found.dtype.name in PRECISIONS
    if not is_real and found.dtype.kind not in "ciub":
        raise fault(
            function,
            f"returned {kind(value)} for {name}; wanted an array {wanted}.",
        )
    if found.shape != shape:
        what = f"returned {name} of shape {found.shape}; wanted {wanted}."
        raise fault(
            function, what, _cells_hint(found.shape, shape, letters) or _shape_hint(found.shape, shape)
        )
    return np.array(found, found.dtype if is_real or found.dtype.kind == "c" else float)


def kind(value: Any) -> str:
    """What a value is, in words: `an array`, `None`."""
    if value is None:
        return "None"
    name = "array" if isinstance(value, np.ndarray) else type(value).__name__
    return f"{'an' if name[:1] in 'aeiou' else 'a'} {name}"


def _cells_hint(got: Shape, wanted: Shape, letters: str) -> str | None:
    """Of states without all cells, and outputs without all directions."""
    if letters.startswith("(cells") and got[1:] == wanted[1:]:
        return (
            f"It has {got[0]} of {wanted[0]} cells: those of all layers belong there, in each its directions."
        )
    if letters.endswith("2 P)") and (*got[:-1], 2 * got[-1]) == wanted:
        return "It has one direction: both belong there, side by side."
    return None


def _shape_hint(got: Shape, wanted: Shape) -> str | None:
    if got == wanted[::-1]:
        return "It is the transpose."
    if sorted(got) == sorted(wanted):
        return "Its axes are in another order."
    if [n for n in got if n > 1] == [n for n in wanted if n > 1]:
        return "It differs by axes of length 1."
    if len(got) == len(wanted) - 1 and got == wanted[1:]:
        return f"It lacks the first axis, of length {wanted[0]}."
    if int(np.prod(got)) == int(np.prod(wanted)):
        return "It has as many entries: is it stacked otherwise?"
    return None
