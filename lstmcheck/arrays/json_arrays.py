"""Arrays as JSON: `{"shape": [2, 3], "data": […]}`, the data a list or base64 of little-endian doubles."""

from __future__ import annotations

import json
from base64 import b64decode
from math import nan
from typing import Any

import numpy as np

from lstmcheck.lstm.types import Floats, Numbers

TOO_DEEP = "its lists are within each other without end"


def encode_array(array: Numbers) -> dict[str, Any]:
    """As a list: every number as it is, so that it reads back the same to the last bit."""
    return {"shape": list(array.shape), "data": array.ravel().tolist()}


def decode_json(text: bytes) -> Any:
    """What a JSON text says. Raises ValueError where it is none, or has lists in lists without end."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError(TOO_DEEP) from None


def decode_array(value: Any) -> Floats:
    """An array in float64, from what `encode_array` writes, from base64, from nested lists or a number; null
    is NaN, which JSON has no word for. Raises ValueError where it is none of these.
    """
    if not isinstance(value, dict):
        return _numbers(value)
    if set(value) != {"shape", "data"}:
        raise ValueError(f"it has the keys {', '.join(value) or 'of an empty object'}; wanted shape and data")
    shape = value["shape"]
    if not (isinstance(shape, list) and all(type(n) is int and n >= 0 for n in shape)):
        raise ValueError(f"its shape is {shape}; wanted a list of sizes")
    data = value["data"]
    numbers = _doubles(data) if isinstance(data, str) else _numbers(data)
    if numbers.size != (wanted := int(np.prod(shape, dtype=object))):
        raise ValueError(f"its data are {numbers.size} numbers, and its shape has {wanted}")
    return numbers.reshape(shape)


def _numbers(value: Any) -> Floats:
    try:
        found = np.asarray(_without_null(value))
    except RecursionError:
        raise ValueError(TOO_DEEP) from None
    except ValueError:
        raise ValueError("its lists are of different lengths") from None
    if found.size and found.dtype.kind not in "fiu":
        raise ValueError("it holds something other than numbers")
    return found.astype(float)


def _without_null(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_null(each) for each in value]
    return nan if value is None else value


def _doubles(text: str) -> Floats:
    content = b64decode(text, validate=True)
    if len(content) % 8:
        raise ValueError("its base64 is no whole number of doubles")
    return np.frombuffer(content, "<f8").astype(float)
