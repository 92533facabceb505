"""Numbers of a configuration's .npz: trained weights, real inputs, states, upstreams, targets."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmcheck.config.arraynames import Wanted, shape_hint, wanted_arrays, why_unknown
from lstmcheck.config.model import Config
from lstmcheck.config.source import Place, read_bytes
from lstmcheck.errors import LstmcheckError

AnyArray = NDArray[Any]
What = tuple[str, str | None]
"""What is wrong with an array, and the remedy."""

BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)
BROKEN_HEADER = (SyntaxError, TokenError, TypeError, KeyError, OverflowError)
HEADERS: dict[tuple[int, int], Callable[..., tuple[tuple[int, ...], bool, np.dtype[Any]]]] = {
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


def read_arrays(config: Config) -> dict[str, AnyArray]:
    """The arrays of `arrays.file`, by name; none where the configuration names no file.

    Class labels come as int64, everything else as float64. Shapes and finiteness are checked. Raises
    LstmcheckError with everything that is wrong with the file, pointing at the key that names it.
    """
    path = config.arrays_path
    if path is None or config.arrays is None:
        return {}
    place = config.locate("arrays", "file") or Place("arrays.file")
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise LstmcheckError("this is no file.", where=str(path))
        content = read_bytes(path)
    except LstmcheckError as error:
        raise LstmcheckError(
            [place.problem(f"{each.where}: {each.what}", each.remedy) for each in error.problems]
        ) from None
    arrays, wrong = _read_archive(content, config)
    if wrong:
        raise LstmcheckError([place.problem(f"{path}: {what}", remedy) for what, remedy in wrong])
    return arrays


def _read_archive(content: bytes, config: Config) -> tuple[dict[str, AnyArray], list[What]]:
    arrays: dict[str, AnyArray] = {}
    wrong: list[What] = []
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except BROKEN:
        return {}, [_no_archive(content)]
    wanted = wanted_arrays(config)
    for member in archive.namelist():
        name = member.removesuffix(".npy")
        if name not in wanted:
            wrong.append(why_unknown(name, config))
            continue
        arrays[name], found = _read_member(archive, member, wanted[name])
        wrong += found
    return arrays, wrong if archive.namelist() else [("there is no array in it.", None)]


def _no_archive(content: bytes) -> What:
    if content.startswith(b"\x93NUMPY"):
        return "this is a single array (.npy).", "Save the arrays by name with numpy.savez."
    if content.startswith(b"PK"):
        return "this .npz is cut off or damaged.", "Write it anew."
    return "this is not an .npz.", "numpy.savez writes one."


def _read_member(archive: zipfile.ZipFile, member: str, wanted: Wanted) -> tuple[AnyArray, list[What]]:
    """One array, and what is wrong with it. A wrong shape is found before the numbers are read."""
    nothing = np.empty(0)
    try:
        with archive.open(member) as stream:
            shape, _, dtype = HEADERS[np.lib.format.read_magic(stream)](stream)
        if found := list(_wrong_header(wanted, shape, dtype)):
            return nothing, found
        with archive.open(member) as stream:
            array = np.lib.format.read_array(stream, allow_pickle=False)
    except BROKEN + BROKEN_HEADER:
        return nothing, [(f"{wanted.name} is cut off or damaged.", "Write the file anew.")]
    found = list(_wrong_numbers(wanted, array))
    return (nothing, found) if found else (_converted(wanted, array), [])


def _wrong_header(wanted: Wanted, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Iterator[What]:
    if dtype.kind not in "fiu":
        kind = KINDS.get(dtype.kind, f"entries of type {dtype}")
        yield f"{wanted.name} holds {kind}; expected real numbers.", None
    elif shape != wanted.shape:
        what = f"{wanted.name} has shape {shape}, expected {wanted.shape}{wanted.letters}."
        yield what, shape_hint(wanted, shape)


def _wrong_numbers(wanted: Wanted, array: AnyArray) -> Iterator[What]:
    with np.errstate(over="ignore"):  # a long double beyond float64 becomes inf, and is told
        bad = ~np.isfinite(array.astype(np.float64))
    if bad.any():
        yield _told_entries(wanted, bad, array, "not finite"), None
    elif wanted.classes is not None:
        bad = (array != np.floor(array)) | (array < 0) | (array >= wanted.classes)
        if bad.any():
            yield _told_entries(wanted, bad, array, f"no class label from 0 to {wanted.classes - 1}"), None


def _told_entries(wanted: Wanted, bad: NDArray[np.bool_], array: AnyArray, what: str) -> str:
    count, first = int(bad.sum()), tuple(int(i) for i in np.argwhere(bad)[0])
    entries = (
        f"{count} {'entry of' if count == 1 else 'entries of'} {wanted.name} {'is' if count == 1 else 'are'}"
    )
    index = ", ".join(map(str, first))
    return f"{entries} {what}, the first at {wanted.name}[{index}]: {array[first]}."


def _converted(wanted: Wanted, array: AnyArray) -> AnyArray:
    return np.ascontiguousarray(array, np.float64 if wanted.classes is None else np.int64)
