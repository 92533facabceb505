"""What a pass and its gradients look like on their way between two processes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from lstmcheck.judge.wrong_line import ChangedLine, WrongLine
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.precision import PRECISIONS
from lstmcheck.targets.protocols.adapter import Pass, Returned
from lstmcheck.targets.running.encoding import NoMessageError

BEAT = 0.2
"""Seconds within which a target's process gives a sign of life between two calls."""


def plain_pass(ran: Pass) -> dict[str, Any]:
    """All of it but the cache."""
    return {
        "outputs": ran.outputs,
        "loss": ran.loss,
        "precision": ran.precision.name,
        "shown": ran.shown,
        "optional": ran.optional,
        "observed": ran.observed,
    }


def pass_of_plain(found: Mapping[str, Any], cache: Any, shapes: Sequence[tuple[int, ...]]) -> Pass:
    """The reverse, with `shapes` of y, h_T and c_T. Raises NoMessageError for what is no pass."""
    try:
        outputs = None if found["outputs"] is None else Outputs(*found["outputs"])
        if outputs is not None and [array.shape for array in outputs] != list(shapes):
            raise NoMessageError
        loss = None if found["loss"] is None else found["loss"][()]
        precision, shown, observed = PRECISIONS[found["precision"]], str(found["shown"]), found["observed"]
        optional = str(found["optional"])
        return Pass(outputs, cache, loss, precision, shown, optional, tuple(map(str, observed)))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise NoMessageError from error


def plain_returned(found: Returned) -> dict[str, Any]:
    """Gradients as plain data."""
    return {
        "arrays": found.arrays,
        "missing_gates": found.missing_gates,
        "last": found.last,
        "observed": found.observed,
        "notes": found.notes,
        "problems": found.problems,
        "precisions": {name: each.name for name, each in found.precisions.items()},
    }


def returned_of_plain(found: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]]) -> Returned:
    """The reverse, with the `shapes` of our arrays. Raises NoMessageError for what are no gradients."""
    try:
        arrays, last = ({n: np.asarray(a) for n, a in found[key].items()} for key in ("arrays", "last"))
        if any(array.shape != shapes[name] for name, array in (*arrays.items(), *last.items())):
            raise NoMessageError
        missing = {str(name): str(gates) for name, gates in found["missing_gates"].items()}
        observed, notes, problems = (tuple(map(str, found[key])) for key in ("observed", "notes", "problems"))
        precisions = {str(name): PRECISIONS[each] for name, each in found["precisions"].items()}
        return Returned(arrays, missing, last, observed, notes, problems, precisions)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NoMessageError from error


def wrong_lines_of_plain(found: Sequence[Mapping[str, Any]]) -> tuple[WrongLine, ...]:
    """Lines from plain data. Raises NoMessageError for what are none."""
    try:
        return tuple(
            WrongLine(
                **_checked(each, _CHANGED | _WRONG),
                alternatives=tuple(
                    ChangedLine(**_checked(other, _CHANGED)) for other in each["alternatives"]
                ),
            )
            for each in found
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NoMessageError from error


def _checked(found: Mapping[str, Any], kinds: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    return {name: kind(found[name]) for name, kind in kinds.items()}


def _text_or_none(value: Any) -> str | None:
    return None if value is None else str(value)


_CHANGED: dict[str, Callable[[Any], Any]] = {
    "file": str,
    "line": int,
    "column": int,
    "end_column": int,
    "source": str,
    "suggestion": str,
}
_WRONG: dict[str, Callable[[Any], Any]] = {
    "computes": _text_or_none,
    "belongs": _text_or_none,
    "settles": bool,
    "part": {"backward": "backward", "forward": "forward"}.__getitem__,
}
