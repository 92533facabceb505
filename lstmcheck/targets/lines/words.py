"""What a value is, in the letters of the derivation."""

from __future__ import annotations

import numpy as np

from lstmcheck.lstm.types import Numbers
from lstmcheck.targets.lines.names import same
from lstmcheck.targets.lines.vocabulary import Vocabulary


def told(content: Numbers | None, need: Numbers, vocabulary: Vocabulary) -> tuple[str | None, str | None]:
    """What stands there and what belongs there; if both are quantities of one step, by their names in it."""
    if (both := vocabulary.instead(content, need)) and need.any():
        return both[0].now, both[0].need
    return computed(content, need, vocabulary), vocabulary.name(need) or computed(need, need, vocabulary)


def computed(content: Numbers | None, need: Numbers, vocabulary: Vocabulary) -> str | None:
    """What stands there: a known quantity, a multiple of one, one that is wrong in part, a sum; or None."""
    if content is None or not np.isfinite(content).all():
        return None
    if not content.any():
        return "0"
    name = vocabulary.name(content) or vocabulary.multiple(content)
    return name or _partly(content, need, vocabulary) or _sum(content, vocabulary)


def _partly(content: Numbers, need: Numbers, vocabulary: Vocabulary) -> str | None:
    """δz (i f o g) with the columns of gate g wrong."""
    name = vocabulary.name(need)
    if name is None or "(" not in name or content.shape != need.shape:
        return None
    letters = name.partition("(")[2].rstrip(")").split()
    if len(letters) != 4:
        return None
    for axis in range(content.ndim):
        if content.shape[axis] % 4 == 0:
            parts = zip(np.split(content, 4, axis), np.split(need, 4, axis), letters, strict=True)
            wrong = [letter for got, wanted, letter in parts if not same(got, wanted)]
            if len(wrong) < 4:
                return f"{name} with {'gate' if len(wrong) == 1 else 'gates'} {' '.join(wrong)} wrong"
    return None


def _sum(content: Numbers, vocabulary: Vocabulary) -> str | None:
    for letters, value in vocabulary.of_shape(content.shape):
        for sign, rest in (("+", content - value), ("−", value - content)):
            if vocabulary.rank(rest) is not None:
                return f"{letters} {sign} {vocabulary.name(rest)}"
    return None
