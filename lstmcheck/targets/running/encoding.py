"""Messages between processes: nested dicts, lists, text, numbers and arrays, and never a pickle.

A message is a JSON text, in which each array is its type and shape, and the bytes of the arrays behind it.
"""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

from lstmcheck.lstm.types import Numbers

HEAD = struct.Struct("<QQ")
"""Lengths in bytes: of the text, of the arrays."""
ARRAY = "\0array"
"""The only key of a dict that stands for an array."""
KINDS = "fciub"
LONGEST = 2**33
"""Bytes of a message. More is no message."""


class NoMessageError(Exception):
    """What came through the pipe was written by somebody else."""


def encode(value: Any) -> bytes:
    """A message. Raises TypeError for what is none of the above."""
    blobs: list[bytes] = []
    text = json.dumps(_without_arrays(value, blobs), separators=(",", ":")).encode("ascii")
    return b"".join((HEAD.pack(len(text), sum(map(len, blobs))), text, *blobs))


def _without_arrays(value: Any, blobs: list[bytes]) -> Any:
    if isinstance(value, np.ndarray | np.generic):  # first: numpy's float64 is a float
        return _array(np.asarray(value), blobs)
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, dict):
        return {str(name): _without_arrays(each, blobs) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_arrays(each, blobs) for each in value]
    raise TypeError(f"a {type(value).__name__} is no message")


def _array(array: Numbers, blobs: list[bytes]) -> dict[str, Any]:
    if array.dtype.kind not in KINDS:
        raise TypeError(f"an array of {array.dtype} is no message")
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    blobs.append(little.tobytes())
    return {ARRAY: [little.dtype.str, *array.shape]}


def decode(buffer: bytearray) -> tuple[Any] | None:
    """The first message in a buffer, which is taken out of it; None while it is not complete.

    Raises NoMessageError for bytes that `encode` did not write.
    """
    if len(buffer) < HEAD.size:
        return None
    text_length, blob_length = HEAD.unpack_from(buffer)
    if text_length + blob_length > LONGEST:
        raise NoMessageError
    start, end = HEAD.size + text_length, HEAD.size + text_length + blob_length
    if len(buffer) < end:
        return None
    text, blob = buffer[HEAD.size : start], buffer[start:end]
    del buffer[:end]
    try:
        return (_Arrays(blob).restored(json.loads(text)),)
    except (ValueError, TypeError, RecursionError, KeyError) as error:
        raise NoMessageError from error


class _Arrays:
    """Takes the arrays of a message from its bytes, in order."""

    def __init__(self, blob: bytearray) -> None:
        self._blob, self._position = blob, 0

    def restored(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.restored(each) for each in value]
        if isinstance(value, dict):
            if ARRAY in value:
                return self._next(*value[ARRAY])
            return {name: self.restored(each) for name, each in value.items()}
        return value

    def _next(self, kind: str, *shape: int) -> Numbers:
        dtype = np.dtype(kind)
        if dtype.kind not in KINDS:
            raise ValueError(kind)
        count = int(np.prod(shape, dtype=object)) if shape else 1
        found = np.frombuffer(self._blob, dtype, count, self._position) if count else np.zeros(0, dtype)
        self._position += found.nbytes
        return found.reshape(shape)
