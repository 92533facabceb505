"""Whatever stands in x past the end of a sequence changes nothing."""

from __future__ import annotations

import numpy as np

from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.case import Case
from lstmcheck.targets.behaviour.asking import Asking, Found, listed, said
from lstmcheck.targets.behaviour.compare_outputs import outputs_apart, outputs_of
from lstmcheck.targets.behaviour.other_cases import with_other_padding


def fill(asking: Asking, found: Found) -> None:
    """Other numbers must change nothing. NaN is told only: a mask that multiplies lets it through."""
    numbers, nan = (with_other_padding(asking.case, number) for number in (None, np.nan))
    if numbers is None or nan is None:
        return
    try:
        if changed := _changed(asking, numbers):
            found.problems.append(f"other numbers in the padding of x change {changed}")
            return
    except LstmcheckError as error:
        found.problems.append(f"with other numbers in the padding of x it fails: {said(error)}")
        return
    found.told += f"; other numbers in the padding of x change nothing, {_of_nan(asking, nan)}"


def _changed(asking: Asking, case: Case) -> str:
    """Outputs, or gradients of inputs and parameters, that are others than before."""
    first = asking.first
    got = asking.run(case, first.upstream)
    if outputs := outputs_apart(asking, outputs_of(got.ran), outputs_of(first.ran)):
        return outputs
    gradients = asking.differing(got.gradients, first.gradients)
    return f"the gradients of {listed(gradients)}" if gradients else ""


def _of_nan(asking: Asking, case: Case) -> str:
    try:
        return "NaN gets through" if _changed(asking, case) else "nor does NaN"
    except LstmcheckError:
        return "NaN makes it fail"
