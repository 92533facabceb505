"""separate: the sequences of a batch do not touch each other. One alone gives what it gave among others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.types import Numbers
from lstmcheck.targets.behaviour.asking import Answer, Asking, Found, NotAskedError, listed, said
from lstmcheck.targets.behaviour.compare_outputs import outputs_apart, outputs_of
from lstmcheck.targets.behaviour.is_derivative import is_derivative
from lstmcheck.targets.behaviour.other_cases import (
    groups,
    longest,
    of_sequences,
    upstream_of,
    with_other_padding,
)
from lstmcheck.targets.behaviour.padding import fill

INPUTS = ("x", "h0", "c0")


def ask(asking: Asking) -> Found:
    """Each sequence alone, or some of them and the rest together.

    Only where the forward pass is known to be ours it is known that nothing is meant to join sequences, as a
    normalisation over the batch does. Then what stands in the padding. Raises NotAskedError for a batch of
    one that has none.
    """
    apart = groups(asking.case)
    if len(apart) == 1:
        if with_other_padding(asking.case) is None:
            raise NotAskedError("the batch is one sequence")
        found = Found("the batch is one sequence")
    elif asking.first.ran.outputs is None:
        found = _own_loss(asking)
    else:
        found = _beside_batch(asking, apart)
    fill(asking, found)
    return found


def _beside_batch(asking: Asking, apart: Sequence[Sequence[int]]) -> Found:
    found = Found(f"{_words(apart)} what came out in the batch")
    answers = []
    for sequences in apart:
        try:
            answers.append(_run(asking, sequences))
        except LstmcheckError as error:
            found.warnings.append(_refused(sequences, error))
            break
        if outputs := _outputs_differ(asking, sequences, answers[-1]):
            what = f"{_which(sequences)} gives other outputs than in the batch: {outputs}"
            found.accuse(what, harmful=asking.conforms)
            return found
    if len(answers) == len(apart) and (differing := _gradients_differ(asking, apart, answers)):
        what = f"sequences alone give other gradients than in the batch: {listed(differing)}"
        found.accuse(what, harmful=asking.conforms)
    return found


def _run(asking: Asking, sequences: Sequence[int]) -> Answer:
    case = of_sequences(asking.case, sequences)
    return asking.run(case, upstream_of(asking.first.upstream, sequences, longest(asking.case, sequences)))


def _words(apart: Sequence[Sequence[int]]) -> str:
    together = [sequences for sequences in apart if len(sequences) > 1]
    alone = len(apart) - len(together)
    if not together:
        return "each sequence alone gives"
    return f"{alone} sequences alone, and the other {len(together[0])} without them, give"


def _which(sequences: Sequence[int]) -> str:
    return f"sequence {sequences[0]} alone" if len(sequences) == 1 else "the batch without some sequences"


def _refused(sequences: Sequence[int], error: LstmcheckError) -> str:
    return f"it cannot take B = {len(sequences)}: {said(error)}"


def _outputs_differ(asking: Asking, sequences: Sequence[int], answer: Answer) -> str:
    """Outputs that are not those of the batch."""
    length = longest(asking.case, sequences)
    among = {
        name: whole[:length, sequences] if name == "y" else whole[:, sequences]
        for name, whole in outputs_of(asking.first.ran).items()
    }
    return outputs_apart(asking, outputs_of(answer.ran), among)


def _gradients_differ(
    asking: Asking, apart: Sequence[Sequence[int]], answers: Sequence[Answer]
) -> dict[str, float]:
    """Of x and the states each sequence's own, of the parameters the sum."""
    first = asking.first.gradients
    got, sizes = dict[str, Numbers](), dict[str, Numbers]()
    for name, wanted in first.items():
        parts = [answer.gradients[name] for answer in answers if name in answer.gradients]
        if len(parts) < len(apart):
            continue
        if name in INPUTS:
            got[name] = _in_batch(wanted, apart, parts)
            sizes[name] = wanted
        else:
            got[name] = np.sum(parts, axis=0)
            sizes[name] = np.sum(np.abs(parts), axis=0)
    return asking.differing(got, first, sizes)


def _in_batch(whole: Numbers, apart: Sequence[Sequence[int]], parts: Sequence[Numbers]) -> Numbers:
    """Gradients of the sequences' own inputs, put side by side; past the end of a sequence they are zero."""
    found = np.zeros_like(whole)
    for sequences, part in zip(apart, parts, strict=True):
        found[: len(part), sequences] = part
    return found


def _own_loss(asking: Asking) -> Found:
    """Whether one sequence alone is taken, and its gradients are derivatives then.

    Its share of an own loss is not known: a mean is divided by their number.
    """
    found = Found("one sequence alone is taken, and its gradients are derivatives of its loss")
    case = of_sequences(asking.case, [0])
    try:
        answer = asking.run(case)
        if is_derivative(asking, case, answer.gradients) is False:
            found.warnings.append("of one sequence alone its gradients are not the derivatives of its loss")
    except LstmcheckError as error:
        found.told = _refused([0], error)
    return found
