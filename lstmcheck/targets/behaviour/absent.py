"""absent: gradients of single outputs add up. Where some are not used, theirs are zero, or None."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.types import Numbers
from lstmcheck.targets.behaviour.asking import Answer, Asking, Found, NotAskedError, listed

Only = Callable[[Sequence[str]], Outputs]


def ask(asking: Asking) -> Found:
    """d_y, d_h and d_c each alone, as far as they are taken and asked about.

    Raises NotAskedError where there is no more than one of them.
    """
    if asking.first.ran.outputs is None:
        raise NotAskedError("it takes no upstream gradients")
    letters = [letter for letter in "yhc" if letter in asking.case.loss.targets]
    if len(letters) < 2:
        raise NotAskedError(f"d_{letters[0]} is the only upstream gradient")
    found = Found(f"{_names(letters)}, each alone, add up to the whole")
    alone = dict[str, Answer]()
    for letter in letters:
        try:
            alone[letter] = asking.run(upstream=_only(asking, letter))
        except LstmcheckError as error:
            found.problems.append(f"with d_{letter} alone it fails: {error.problems[0].what.rstrip('.')}")
    if len(alone) == len(letters) and (differing := _apart(asking, list(alone.values()))):
        what = f"{_blamed(asking, alone)} gives other gradients than its share of the whole"
        found.problems.append(f"{what}: {listed(differing)}")
    return found


def _names(letters: Sequence[str]) -> str:
    names = [f"d_{letter}" for letter in letters]
    return f"{', '.join(names[:-1])} and {names[-1]}"


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


def _blamed(asking: Asking, alone: dict[str, Answer]) -> str:
    """`d_c alone`: what is not what the whole loses without it."""
    blamed = []
    for letter, answer in alone.items():
        try:
            others = asking.run(upstream=_only(asking, "".join(alone.keys() - letter)))
        except LstmcheckError:
            continue
        if _apart(asking, [answer, others]):
            blamed.append(letter)
    return f"{_names(blamed) if len(blamed) > 1 else f'd_{blamed[0]}' if blamed else 'each'} alone"
