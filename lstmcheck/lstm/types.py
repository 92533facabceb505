"""Names for the kinds of arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]
"""Real or complex."""
Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]
DType = np.dtype[Any]
Arrays = Mapping[str, Numbers]
"""Arrays by name."""
