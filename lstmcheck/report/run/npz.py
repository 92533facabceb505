"""The arrays behind a report: what went in, what came out, every gradient."""

from __future__ import annotations

import io
from dataclasses import fields

import numpy as np

from lstmcheck.judge.results import Report


def dumps(report: Report) -> bytes:
    """An .npz with `parameters/…`, `inputs/…`, `outputs/…`, `analytic/…`, `reference/…`, `uncertainty/…`."""
    arrays = {
        f"{group.name}/{name}": np.asarray(array)
        for group in fields(report.values)
        for name, array in getattr(report.values, group.name).items()
    }
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()
