"""Names for values by their content: known quantities, transposed or not, and products of two and three."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations_with_replacement, permutations

import numpy as np

from lstmcheck.lstm.types import Numbers
from lstmcheck.targets.lines.names import SAME, Names
from lstmcheck.targets.lines.quantities import ONE_STEP, SO_FAR, Known, Quantity


@dataclass(frozen=True)
class Instead:
    """One quantity in the place of another, in every step."""

    vocabulary: Vocabulary = field(repr=False, compare=False)
    now: str
    need: str

    def __call__(self, value: Numbers) -> Numbers | None:
        """None where the value is another quantity."""
        return self.vocabulary.in_its_step(value, self.now, self.need)


class Vocabulary:
    """Everything that has a name in a right pass, by shape."""

    def __init__(self, known: Known) -> None:
        self.length = len(known.elements)
        self._by_shape: dict[tuple[int, ...], Names] = defaultdict(Names)
        self._found: dict[tuple[tuple[int, ...], bytes], list[int]] = {}
        for quantity in [*(q for each in known.elements.values() for q in each), *known.others]:
            self._add([quantity.letters], quantity.value[None], 0, quantity.step)
            for shape in {quantity.value.shape, quantity.value.T.shape}:
                if not quantity.value.any():
                    self._by_shape[shape].zeros[quantity.letters].add(quantity.step)
        for quantities in known.elements.values():
            self._products(quantities)

    def _add(self, words: Sequence[str], values: Numbers, rank: int, step: int | None = None) -> None:
        """Values (n, …), and the same with their axes turned; those that are zero have no name."""
        flat = values.reshape(len(values), -1)
        kept = np.flatnonzero(np.isfinite(flat).all(1) & flat.any(1)).tolist()
        if not kept:
            return
        words, values = [words[k] for k in kept], np.asarray(values[kept], float)
        count, *shape = values.shape
        turned = [values]
        if len(shape) == 2:
            turned.append(values.swapaxes(1, 2))
        elif len(shape) == 1:
            turned += [values[:, None], values[:, :, None]]
        distinct = list({each.shape[1:]: each for each in reversed(turned)}.values())
        if len(shape) == 3:
            distinct = [values.transpose(0, *axes) for axes in permutations((1, 2, 3))]
        for each in distinct:
            self._by_shape[each.shape[1:]].add(words, each.reshape(count, -1), rank, step)

    def _products(self, quantities: Sequence[Quantity]) -> None:
        shape = quantities[0].value.shape
        own = [q for q in quantities if q.value.shape == shape]
        own.sort(key=lambda q: not q.letters.startswith("δ"))  # gradients first, then what they multiply
        step = own[0].step
        letters, values = [q.letters for q in own], np.stack([q.value for q in own])
        pairs = list(combinations_with_replacement(range(len(own)), 2))
        first, second = np.array(pairs).T
        self._add(
            [_product(letters[a], letters[b]) for a, b in pairs], values[first] * values[second], 1, step
        )
        triples = list(combinations_with_replacement(range(len(own)), 3))
        first, second, third = np.array(triples).T
        three = values[first] * values[second] * values[third]
        self._add([" ∘ ".join((letters[a], letters[b], letters[c])) for a, b, c in triples], three, 2, step)

    def rank(self, value: Numbers | None) -> int | None:
        """0 for a single quantity, 1 and 2 for products of two and three; None for what has no name."""
        found = self._find(value)
        return min((found[0].ranks[k] for k in found[1]), default=None) if found else None

    def name(self, value: Numbers | None) -> str | None:
        """The shortest name that a value has."""
        if value is not None and not np.any(value):
            return "0"
        found = self._find(value)
        if not found:
            return None
        names = [(found[0].ranks[k], len(found[0].words[k]), found[0].words[k]) for k in found[1]]
        return min(names)[2] if names else None

    def instead(self, now: Numbers | None, need: Numbers) -> list[Instead]:
        """What makes of a value, in its step, what `need` is in the step of `now`; none where they have no
        names in one step, several where a gradient is zero in it as others are."""
        found, wanted = self._find(now), self._find(need)
        if found is None or wanted is None or not found[1] or found[0] is not wanted[0]:
            return []
        names = found[0]
        if not need.any():
            return self._zero_instead(names, found[1])
        pairs = [
            (names.ranks[j] + names.ranks[k], len(names.words[j]), names.words[k], names.words[j])
            for k in found[1]
            for j in wanted[1]
            if names.steps[k] is not None and names.steps[k] == names.steps[j]
        ]
        return [Instead(self, *min(pairs)[2:])] if pairs else []

    def _zero_instead(self, names: Names, now: Sequence[int]) -> list[Instead]:
        k = min(now, key=lambda k: (names.ranks[k], len(names.words[k])))
        step = names.steps[k]
        zero = [words for words, steps in names.zeros.items() if step in steps and "δ" in words]
        return [Instead(self, names.words[k], words) for words in zero] if step is not None else []

    def in_its_step(self, value: Numbers, now: str, need: str) -> Numbers | None:
        """What is called `need` in the step in which the value is called `now`."""
        found = self._find(value)
        for k in found[1] if found else ():
            names = found[0] if found else Names()
            if names.words[k] == now and (wanted := names.of_step(need, names.steps[k])) is not None:
                return wanted.reshape(np.shape(value))
        return None

    def last_term(self, total: Numbers) -> Numbers | None:
        """Of a sum over steps, from the last to an earlier one: what that earlier one adds."""
        found = self._find(total)
        for k in found[1] if found else ():
            names = found[0] if found else Names()
            letters, step = names.words[k].removesuffix(SO_FAR), names.steps[k] or 0
            if (term := names.of_step(f"{letters}{ONE_STEP}", step)) is not None:
                return term.reshape(total.shape)
        return None

    def terms(self, total: Numbers) -> list[Numbers]:
        """Of a sum over all steps: what each adds, the last step first."""
        found = self._find(total)
        for k in found[1] if found else ():
            names = found[0] if found else Names()
            words = f"{names.words[k]}{ONE_STEP}"
            steps = sorted((step for step in names.steps_of(words)), reverse=True)
            terms = [term for step in steps if (term := names.of_step(words, step)) is not None]
            if terms:
                return [term.reshape(total.shape) for term in terms]
        return []

    def is_gradient(self, value: Numbers | None) -> bool:
        """Whether it has a name, with a gradient in it."""
        return "δ" in (self.name(value) or "")

    def is_term_of(self, value: Numbers | None, total: Numbers) -> bool:
        """Whether it is one step's gradient of a parameter, and the other the sum of several."""
        letters = (self.name(value) or "").removesuffix(ONE_STEP)
        return (self.name(value) or "").endswith(ONE_STEP) and (self.name(total) or "").startswith(letters)

    def multiple(self, value: Numbers) -> str | None:
        """`0.333333 × δU`, of a value that is a multiple of one quantity."""
        names = self._by_shape.get(np.shape(value))
        if names is None or not np.any(value) or np.size(value) < 2:
            return None
        for k, factor in names.multiples(np.asarray(value, float).ravel()):
            sign = "−" if factor < 0 else ""
            times = "" if abs(abs(factor) - 1) < SAME else f"{abs(factor):.6g} × "
            return f"{sign}{times}{names.words[k]}"
        return None

    def of_shape(self, shape: tuple[int, ...], ranks: int = 0) -> list[tuple[str, Numbers]]:
        """Quantities of a shape, up to a rank."""
        names = self._by_shape.get(shape)
        if names is None:
            return []
        values = names.values
        return [
            (word, values[k].reshape(shape))
            for k, (word, rank) in enumerate(zip(names.words, names.ranks, strict=True))
            if rank <= ranks
        ]

    def _find(self, value: Numbers | None) -> tuple[Names, list[int]] | None:
        if value is None or np.size(value) < 2 or not np.isfinite(value).all():
            return None
        names = self._by_shape.get(np.shape(value))
        if names is None:
            return None
        flat = np.asarray(value, float).ravel()
        mark = np.shape(value), flat.tobytes()
        if mark not in self._found:
            self._found[mark] = list(names.find(flat))
        return names, self._found[mark]


def _product(one: str, other: str) -> str:
    return f"{one}²" if one == other else f"{one} ∘ {other}"
