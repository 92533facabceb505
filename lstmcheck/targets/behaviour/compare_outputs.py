"""Outputs of two forward passes, compared but for rounding."""

from __future__ import annotations

import numpy as np

from lstmcheck.lstm.types import Arrays, Numbers
from lstmcheck.reference.rounding import forward_rounding
from lstmcheck.targets.behaviour.asking import Asking
from lstmcheck.targets.protocols import Pass
from lstmcheck.tolerances.forward_passes import CONFORMING_ROOM


def outputs_of(ran: Pass) -> dict[str, Numbers]:
    """y, h_T and c_T, as far as they are shown; or the loss."""
    if ran.outputs is None:
        return {"loss": np.asarray(ran.loss)}
    return {name: array for name, array in ran.outputs._asdict().items() if name[0] in ran.shown}


def outputs_apart(asking: Asking, got: Arrays, wanted: Arrays) -> str:
    """`y, h_T (by up to 0.3)`: outputs that are not the same but for rounding."""
    off = {}
    for name, array in wanted.items():
        # What is not finite in both is the same.
        same = (got[name] == array) | np.isnan(got[name]) & np.isnan(array)
        with np.errstate(invalid="ignore"):
            apart = float(np.where(same, 0, np.abs(got[name] - array)).max())
        if not apart <= asking.rtol * float(np.abs(array[np.isfinite(array)]).max(initial=0)):
            off[name] = apart
    # Rounding takes more in a chaotic network; that is measured only where something looks wrong.
    if off:
        bounds = forward_rounding(asking.case, asking.target.config.seed, asking.eps)._asdict()
        off = {n: by for n, by in off.items() if not by <= CONFORMING_ROOM * float(bounds.get(n, 0))}
    return f"{', '.join(off)} (by up to {max(off.values()):.1e})" if off else ""
