"""What the trace of a jax function shows: where it stops gradients, casts numbers, has rules of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lstmcheck.targets.loading.whose_code import is_target_code
from lstmcheck.targets.protocols.adapter import Function
from lstmcheck.targets.running.calling import locate_line


@dataclass(frozen=True)
class Trace:
    """Of one function."""

    notes: tuple[str, ...] = ()
    rules: dict[str, Function] = field(default_factory=dict)
    """Backward passes that are written by hand (custom_vjp), by the place where such a function is called."""
    eps: float = 0.0
    """Of the lowest precision that numbers are cast to; 0 where there is none."""


def read_trace(jaxpr: Any, whole: str) -> Trace:
    """Of what a jaxpr holds, and those inside it. `whole`: the place of the function."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    rules: dict[str, Function] = {}
    eps = 0.0
    for equation in _equations(jaxpr):
        place = _place(equation)
        name = equation.primitive.name
        if low := _lower_precision(equation):
            eps = max(eps, _eps(low))
            found[f"it casts {equation.invars[0].aval.dtype} to {low}"][place] = None
        elif name == "stop_gradient":
            found["it stops gradients (stop_gradient)"][place] = None
        elif any(equation.params.get("donated_invars", ())):
            found["it donates arguments, which are kept here"][place or whole] = None
        elif name.startswith("custom_vjp_call"):
            rules |= _rules(equation, place)
    # What has no place is not in the target: a library's own business.
    notes = tuple(f"{what}: {_listed(places)}" for what, places in found.items() if any(places))
    return Trace(notes, rules, eps)


def zero_gradients(jaxpr: Any, names: Sequence[str]) -> list[str]:
    """Which of the last outputs of a jaxpr are zero whatever it is given: no path leads back to them."""
    made = {variable: equation for equation in jaxpr.eqns for variable in equation.outvars}
    outputs = jaxpr.outvars[-len(names) :]
    return [name for name, each in zip(names, outputs, strict=True) if _is_zero(each, made)]


def is_traced_alike(one: Any, two: Any) -> bool:
    """Whether two traces are the same operations on the same numbers; of a pure function they are."""
    if len(one.consts) != len(two.consts) or not all(map(_same, one.consts, two.consts)):
        return False
    return [*_operations(one.jaxpr)] == [*_operations(two.jaxpr)]


def _operations(jaxpr: Any) -> Iterator[tuple[Any, ...]]:
    for equation in _equations(jaxpr):
        numbers = (str(each.val) if hasattr(each, "val") else str(each.aval) for each in equation.invars)
        yield equation.primitive.name, *numbers


def _same(one: Any, two: Any) -> bool:
    return one is two or np.array_equal(np.asarray(one), np.asarray(two))


def _is_zero(variable: Any, made: dict[Any, Any]) -> bool:
    if hasattr(variable, "val"):
        return not np.any(variable.val)
    equation = made.get(variable)
    return (
        equation is not None
        and equation.primitive.name in ("broadcast_in_dim", "convert_element_type")
        and _is_zero(equation.invars[0], made)
    )


def _equations(jaxpr: Any) -> Iterator[Any]:
    from jax.extend.core import jaxprs_in_params

    for equation in jaxpr.eqns:
        yield equation
        for inner in jaxprs_in_params(equation.params):
            yield from _equations(inner)


def _lower_precision(equation: Any) -> Any:
    """The precision that numbers are cast to, if it is lower than their own. Constants have none to lose."""
    if equation.primitive.name != "convert_element_type" or hasattr(equation.invars[0], "val"):
        return None
    before, after = equation.invars[0].aval.dtype, equation.params["new_dtype"]
    return after if 0 < _eps(before) < _eps(after) else None


def _eps(dtype: Any) -> float:
    """0 of what are no floating-point numbers."""
    from jax import numpy as jnp

    return float(jnp.finfo(dtype).eps) if jnp.issubdtype(dtype, jnp.inexact) else 0.0


def _rules(equation: Any, place: str) -> dict[str, Function]:
    rule = getattr(equation.params.get("bwd"), "f", None)
    return {place: rule} if place and callable(rule) else {}


def _place(equation: Any) -> str:
    """The line of the target that an operation comes from, as far as it is known."""
    traceback = equation.source_info.traceback
    for frame in traceback.frames if traceback is not None else ():
        if is_target_code(frame.file_name):
            return locate_line(frame.file_name, frame.line_num)[0]
    return ""


def _listed(places: dict[str, None]) -> str:
    return ", ".join(filter(None, places))
