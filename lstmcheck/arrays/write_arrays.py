"""Arrays into a file that other languages read: .npz, .json or .safetensors."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np

from lstmcheck.arrays.json_arrays import encode_array
from lstmcheck.errors import LstmcheckError, did_you_mean
from lstmcheck.lstm.types import Arrays


def write_arrays(path: Path, arrays: Arrays) -> None:
    """Write arrays by name; to `-` as JSON. What is there already is replaced.

    Raises LstmcheckError for an ending that says nothing, a missing extra, and where it cannot be written.
    """
    if str(path) == "-":
        sys.stdout.write(_json(arrays).decode())
        return
    if path.suffix not in FORMATS:
        remedy = did_you_mean(path.suffix, FORMATS, otherwise=[*FORMATS])
        raise LstmcheckError(f"no format is called '{path.suffix}'.", where=str(path), remedy=remedy)
    content = FORMATS[path.suffix](arrays)
    try:
        path.write_bytes(content)
    except OSError as error:
        raise LstmcheckError(f"cannot write: {error.strerror}.", where=str(path)) from None


def _npz(arrays: Arrays) -> bytes:
    stream = BytesIO()
    np.savez(stream, **arrays)  # type: ignore[arg-type]
    return stream.getvalue()


def _json(arrays: Arrays) -> bytes:
    return (json.dumps({name: encode_array(array) for name, array in arrays.items()}) + "\n").encode()


def _safetensors(arrays: Arrays) -> bytes:
    try:
        from safetensors.numpy import save
    except ImportError:
        raise LstmcheckError(
            "a .safetensors needs the package safetensors.",
            remedy="Install it: pip install 'lstmcheck[safetensors]'",
        ) from None
    return bytes(save({name: np.ascontiguousarray(array) for name, array in arrays.items()}))


FORMATS: dict[str, Callable[[Arrays], bytes]] = {
    ".npz": _npz,
    ".json": _json,
    ".safetensors": _safetensors,
}
