"""The arrays behind a report, as numpy reads them: what went in, what came out, every gradient."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np

from lstmcheck.report.content import Content


def export(content: Content) -> Iterator[bytes]:
    """An .npz of each report, with its arrays as `group/name`."""
    for groups in content.arrays():
        arrays = {
            f"{group}/{name}": np.asarray(array)
            for group, named in groups.items()
            for name, array in named.items()
        }
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **arrays)
        yield buffer.getvalue()
