"""The numbers of tensors, and how they lie in memory."""

from __future__ import annotations

from typing import Any

from lstmcheck.lstm.precision import DOUBLE, PRECISIONS, Precision
from lstmcheck.lstm.types import Numbers


def read_numbers(tensor: Any) -> Numbers:
    """A tensor's numbers, wherever it is."""
    import torch

    tensor = tensor.detach().cpu()
    # Which numpy does not know.
    array: Numbers = (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()
    return array


def precision_of_tensor(tensor: Any) -> Precision:
    """Whole numbers count as float64."""
    return PRECISIONS.get(str(tensor.dtype).removeprefix("torch."), DOUBLE)


def with_gaps(tensor: Any) -> Any:
    """The same numbers, with strides in the other order: whoever reads without them gets NaN from between."""
    import torch

    turned = (*tensor.shape[::-1], 2)
    whole = torch.full(turned, torch.nan, dtype=tensor.dtype, device=tensor.device)[..., 0]
    return whole.permute(*range(tensor.dim())[::-1]).copy_(tensor)
