"""Files of arrays, an .npz, .safetensors or .json: members by name, shapes before numbers, never pickle."""

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

from lstmcheck.arrays.json_arrays import decode_array, decode_json
from lstmcheck.conventions.shapes import Shape
from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.precision import BFLOAT, DOUBLE, Precision, precision_of

AnyArray = NDArray[Any]

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
    "V": "numbers that numpy has no name for, as bfloat16 (saved as float32 they stay what they are)",
}
TENSOR_TYPES = {
    **{f"F{bits}": f"<f{bits // 8}" for bits in (16, 32, 64)},
    **{f"{kind}{bits}": f"<{kind.lower()}{bits // 8}" for kind in "IU" for bits in (8, 16, 32, 64)},
    "BOOL": "?",
    "C64": "<c8",
}
BOM = b"\xef\xbb\xbf"
"""That editors of Windows put before a text."""
PICKLES = tuple(b"\x80" + bytes([protocol]) for protocol in range(2, 6))
SAVE_AS_LISTS = 'Write {"name": [[…], …], …} or {"name": {"shape": [2, 3], "data": […]}, …}.'
SAVE_BY_NAME = "Save the arrays by name with numpy.savez."
SAVE_INSTEAD = "Save module.state_dict() with safetensors.torch.save_file, or its arrays with numpy.savez."


@dataclass(frozen=True)
class Header:
    shape: Shape
    not_numbers: str | None
    """What it holds instead of real numbers."""
    precision: Precision = DOUBLE
    """Of its numbers."""


class Member(Protocol):
    """One array of a file. Both methods raise LstmcheckError where it is damaged."""

    @property
    def name(self) -> str: ...

    def header(self) -> Header: ...

    def numbers(self) -> AnyArray: ...


def members(content: bytes) -> Sequence[Member]:
    """The arrays of an .npz, .safetensors or .json, told apart by their content. Raises LstmcheckError."""
    if content.removeprefix(BOM).lstrip().startswith(b"{") and b"\0" not in content[:8]:
        return _written_out(content)
    if content.startswith(b"PK"):
        return _zipped(content)
    if content[8:9] == b"{":
        return _tensors(content)
    raise _no_archive(content)


def _no_archive(content: bytes) -> LstmcheckError:
    if content.startswith(PICKLES):
        return _pickle()
    if content.startswith(b"\x93NUMPY"):
        return LstmcheckError("this is a single array (.npy).", remedy=SAVE_BY_NAME)
    if content.startswith(b"\x89HDF"):
        return LstmcheckError("this is HDF5.", remedy=SAVE_BY_NAME)
    return LstmcheckError(
        "this is neither .npz nor .safetensors nor .json.", remedy="numpy.savez writes an .npz."
    )


def _pickle() -> LstmcheckError:
    what = "this is a pickle, as torch.save writes: reading one can run any code."
    return LstmcheckError(what, remedy=SAVE_INSTEAD)


def _damaged(member: Member) -> LstmcheckError:
    return LstmcheckError(f"{member.name} is cut off or damaged.", remedy="Write the file anew.")


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
            raise _damaged(self) from None
        return Header(shape, _not_numbers(dtype), precision_of(dtype))

    def numbers(self) -> AnyArray:
        try:
            with self.archive.open(self.file) as stream:
                return np.asarray(np.lib.format.read_array(stream, allow_pickle=False))
        except BROKEN + BROKEN_HEADER:
            raise _damaged(self) from None


def _zipped(content: bytes) -> Sequence[Member]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except BROKEN:
        raise LstmcheckError("this .npz is cut off or damaged.", remedy="Write it anew.") from None
    names = archive.namelist()
    if any(name.endswith("/data.pkl") for name in names):
        raise _pickle()
    return [_Zipped(archive, name) for name in names]


def _not_numbers(dtype: np.dtype[Any]) -> str | None:
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
            return Header(self.shape, None, BFLOAT)
        known = TENSOR_TYPES.get(self.kind)
        if known is None:
            return Header(self.shape, f"entries of type {self.kind}")
        return Header(self.shape, _not_numbers(np.dtype(known)), precision_of(np.dtype(known)))

    def numbers(self) -> AnyArray:
        if self.kind == "BF16":
            upper_half = np.frombuffer(self.data, "<u2").astype(np.uint32) << 16
            return upper_half.view(np.float32).reshape(self.shape)
        return np.frombuffer(self.data, TENSOR_TYPES[self.kind]).reshape(self.shape)


def _tensors(content: bytes) -> Sequence[Member]:
    try:
        from safetensors import SafetensorError, deserialize
    except ImportError:
        raise LstmcheckError(
            "this is .safetensors, which needs the package safetensors.",
            remedy="Install it: pip install 'lstmcheck[safetensors]'",
        ) from None
    try:
        tensors = deserialize(content)  # type: ignore[no-untyped-call]
    except SafetensorError as error:
        raise LstmcheckError(
            f"this .safetensors is cut off or damaged ({error}).", remedy="Write it anew."
        ) from None
    return [
        _Tensor(name, tuple(tensor["shape"]), tensor["dtype"], bytes(tensor["data"]))
        for name, tensor in sorted(tensors, key=lambda pair: pair[0])
    ]


@dataclass(frozen=True)
class _WrittenOut:
    """An array of a .json; of numbers, or damaged."""

    name: str
    value: Any

    def header(self) -> Header:
        return Header(self.numbers().shape, None)

    def numbers(self) -> AnyArray:
        try:
            return decode_array(self.value)
        except ValueError as error:
            raise LstmcheckError(f"{self.name}: {error}.", remedy=SAVE_AS_LISTS) from None


def _written_out(content: bytes) -> Sequence[Member]:
    try:
        found = decode_json(content)
    except ValueError as error:
        raise LstmcheckError(f"this .json is cut off or damaged ({error}).", remedy=SAVE_AS_LISTS) from None
    return [_WrittenOut(name, value) for name, value in found.items()]
