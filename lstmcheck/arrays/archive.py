"""Files of arrays, an .npz or .safetensors: their members by name, shapes before numbers, never pickle."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from tokenize import TokenError
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

AnyArray = NDArray[Any]
Shape = tuple[int, ...]

BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)
BROKEN_HEADER = (SyntaxError, TokenError, TypeError, KeyError, OverflowError)
HEADERS: dict[tuple[int, int], Callable[..., tuple[Shape, bool, np.dtype[Any]]]] = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
KINDS = {
    "O": "Python objects, which only pickle could read",
    "c": "complex numbers",
    "U": "text",
    "S": "text",
    "b": "true and false",
}
TENSOR_TYPES = {
    **{f"F{bits}": f"<f{bits // 8}" for bits in (16, 32, 64)},
    **{f"{kind}{bits}": f"<{kind.lower()}{bits // 8}" for kind in "IU" for bits in (8, 16, 32, 64)},
    "BOOL": "?",
    "C64": "<c8",
}
PICKLES = tuple(b"\x80" + bytes([protocol]) for protocol in range(2, 6))
SAVE_INSTEAD = "Save module.state_dict() with safetensors.torch.save_file, or its arrays with numpy.savez."


class NoArchiveError(Exception):
    """What is wrong with a whole file, and the remedy."""

    def __init__(self, what: str, remedy: str | None) -> None:
        super().__init__(what)
        self.told = (what, remedy)


class DamagedError(Exception):
    """One member cannot be read."""


@dataclass(frozen=True)
class Header:
    shape: Shape
    no_numbers: str | None
    """What it holds instead of real numbers."""


class Member(Protocol):
    """One array of a file. Both methods raise DamagedError."""

    @property
    def name(self) -> str: ...

    def header(self) -> Header: ...

    def numbers(self) -> AnyArray: ...


def members(content: bytes) -> Sequence[Member]:
    """The arrays of an .npz or .safetensors, told apart by their content. Raises NoArchiveError."""
    if content.startswith(b"PK"):
        return _zipped(content)
    if content[8:9] == b"{":
        return _tensors(content)
    raise _no_archive(content)


def _no_archive(content: bytes) -> NoArchiveError:
    if content.startswith(PICKLES):
        return _pickle()
    if content.startswith(b"\x93NUMPY"):
        return NoArchiveError("this is a single array (.npy).", "Save the arrays by name with numpy.savez.")
    if content.startswith(b"\x89HDF"):
        return NoArchiveError("this is HDF5.", "Save the arrays by name with numpy.savez.")
    return NoArchiveError("this is neither .npz nor .safetensors.", "numpy.savez writes an .npz.")


def _pickle() -> NoArchiveError:
    return NoArchiveError(
        "this is a pickle, as torch.save writes: reading one can run any code.", SAVE_INSTEAD
    )


@dataclass(frozen=True)
class _Zipped:
    archive: zipfile.ZipFile
    file: str

    @property
    def name(self) -> str:
        return self.file.removesuffix(".npy")

    def header(self) -> Header:
        try:
            with self.archive.open(self.file) as stream:
                shape, _, dtype = HEADERS[np.lib.format.read_magic(stream)](stream)
        except BROKEN + BROKEN_HEADER:
            raise DamagedError from None
        return Header(shape, _no_numbers(dtype))

    def numbers(self) -> AnyArray:
        try:
            with self.archive.open(self.file) as stream:
                return np.asarray(np.lib.format.read_array(stream, allow_pickle=False))
        except BROKEN + BROKEN_HEADER:
            raise DamagedError from None


def _zipped(content: bytes) -> Sequence[Member]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except BROKEN:
        raise NoArchiveError("this .npz is cut off or damaged.", "Write it anew.") from None
    names = archive.namelist()
    if any(name.endswith("/data.pkl") for name in names):
        raise _pickle()
    return [_Zipped(archive, name) for name in names]


def _no_numbers(dtype: np.dtype[Any]) -> str | None:
    return None if dtype.kind in "fiu" else KINDS.get(dtype.kind, f"entries of type {dtype}")


@dataclass(frozen=True)
class _Tensor:
    """A tensor of a .safetensors. Sixteen-bit floats, bfloat16 too, are widened, which is exact."""

    name: str
    shape: Shape
    kind: str
    data: bytes

    def header(self) -> Header:
        if self.kind == "BF16":
            return Header(self.shape, None)
        known = TENSOR_TYPES.get(self.kind)
        return Header(self.shape, _no_numbers(np.dtype(known)) if known else f"entries of type {self.kind}")

    def numbers(self) -> AnyArray:
        if self.kind == "BF16":
            upper_half = np.frombuffer(self.data, "<u2").astype(np.uint32) << 16
            return upper_half.view(np.float32).reshape(self.shape)
        return np.frombuffer(self.data, TENSOR_TYPES[self.kind]).reshape(self.shape)


def _tensors(content: bytes) -> Sequence[Member]:
    try:
        from safetensors import SafetensorError, deserialize
    except ImportError:
        raise NoArchiveError(
            "this is .safetensors, which needs the package safetensors.",
            "Install it: pip install 'lstmcheck[safetensors]'",
        ) from None
    try:
        found = deserialize(content)  # type: ignore[no-untyped-call]
    except SafetensorError as error:
        raise NoArchiveError(
            f"this .safetensors is cut off or damaged ({error}).", "Write it anew."
        ) from None
    return [
        _Tensor(name, tuple(tensor["shape"]), tensor["dtype"], bytes(tensor["data"]))
        for name, tensor in sorted(found, key=lambda pair: pair[0])
    ]
