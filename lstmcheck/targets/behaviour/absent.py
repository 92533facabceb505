"""absent: gradients of single outputs add up. Where some are not used, theirs are zero, or None."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.types import Numbers
from lstmcheck.targets.behaviour.asking import Answer, Asking, Found, NotAskedError, listed, said


def ask(asking: Asking) -> Found:
    """d_y, d_h and d_c each alone, as far as they are taken and asked about; then None for the others.

    Raises NotAskedError where there is no more than one of them, and None for none.
    """
    first = asking.first
    if first.ran.outputs is None:
        raise NotAskedError("it takes no upstream gradients")
    letters = [letter for letter in "yhc" if letter in asking.case.loss.targets]
    if len(letters) == 1:
        if not _optional_beside(first, letters[0]):
            raise NotAskedError(f"d_{letters[0]} is the only upstream gradient")
        alone, found = {letters[0]: first}, Found(f"d_{letters[0]} is the only one")
    else:
        found = Found(f"{_names(letters)}, each alone, add up to the whole")
        alone = _each_alone(asking, letters, found)
    _with_none(asking, alone, found)
    return found


def _each_alone(asking: Asking, letters: Sequence[str], found: Found) -> dict[str, Answer]:
    """Answers with the others zero."""
    alone = dict[str, Answer]()
    for letter in letters:
        try:
            alone[letter] = asking.run(upstream=_only(asking, letter))
        except LstmcheckError as error:
            found.problems.append(f"with d_{letter} alone it fails: {said(error)}")
    if len(alone) == len(letters) and (differing := _apart(asking, list(alone.values()))):
        what = f"of {_blamed(asking, alone)} alone other gradients come than its share of the whole"
        found.problems.append(f"{what}: {listed(differing)}")
    return alone


def _with_none(asking: Asking, alone: Mapping[str, Answer], found: Found) -> None:
    """None, where that may stand for zeros, gives what they do."""
    asked = ""
    for letter, zeros in alone.items():
        if not (others := _optional_beside(asking.first, letter)):
            continue
        parts = zip("yhc", zeros.upstream, strict=True)
        upstream: list[Any] = [None if other in others else d for other, d in parts]
        what = f"with None for {_names(others)}"
        try:
            got = asking.run(upstream=Outputs(*upstream))
        except LstmcheckError as error:
            found.problems.append(f"{what} it fails: {said(error)}")
            return
        if differing := asking.differing(got.gradients, zeros.gradients):
            found.problems.append(f"{what} other gradients come than with zeros: {listed(differing)}")
        asked += others
    if asked:
        found.told += (
            f"; None for {_names([letter for letter in 'yhc' if letter in asked])} does what zeros do"
        )


def _optional_beside(first: Answer, letter: str) -> str:
    """The other letters that may be None."""
    return "".join(other for other in "yhc" if other in first.ran.optional and other != letter)


def _names(letters: Sequence[str]) -> str:
    *others, last = (f"d_{letter}" for letter in letters)
    return " and ".join(filter(None, (", ".join(others), last)))


def _only(asking: Asking, letters: str) -> Outputs:
    """The upstream, zero but for some of its parts."""
    parts = zip("yhc", asking.first.upstream, strict=True)
    return Outputs(*(d if letter in letters else np.zeros_like(d) for letter, d in parts))


def _apart(asking: Asking, parts: Sequence[Answer]) -> dict[str, float]:
    """Arrays whose parts do not add up."""
    first = asking.first.gradients
    sums, sizes = dict[str, Numbers](), dict[str, Numbers]()
    for name in first:
        each = [part.gradients[name] for part in parts if name in part.gradients]
        if len(each) == len(parts):
            sums[name], sizes[name] = np.sum(each, axis=0), np.sum(np.abs(each), axis=0)
    return asking.differing(sums, first, sizes)


def _blamed(asking: Asking, alone: Mapping[str, Answer]) -> str:
    """`d_c`: of what alone the gradients are not ours; all of them, where its network is not ours."""
    blamed = []
    if asking.conforms:
        backward = Backward(asking.case.trace())
        ours = {letter: backward.gradients(answer.upstream) for letter, answer in alone.items()}
        blamed = [q for q, answer in alone.items() if asking.differing(answer.gradients, ours[q])]
    return _names(blamed or list(alone))
