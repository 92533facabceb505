"""One array of a file: its shape and its numbers, or what is wrong with them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lstmcheck.arrays.allowed_arrays import ExpectedArray
from lstmcheck.arrays.open_file import AnyArray, Header, Member
from lstmcheck.errors import LstmcheckError


def read_array(member: Member, expected: ExpectedArray, *, finite: bool = True) -> AnyArray:
    """An array in float64, class labels in int64; of `finite` numbers only.

    Raises LstmcheckError where it is not as expected; a wrong shape is found before the numbers are read.
    """
    _refuse_header(member.header(), expected)
    array = member.numbers()
    if finite:
        _refuse_numbers(array, expected)
    kind = np.float64 if expected.classes is None else np.int64
    return np.array(array, kind, order="C").reshape(expected.shape)


def _refuse_header(header: Header, expected: ExpectedArray) -> None:
    if header.not_numbers is not None:
        raise LstmcheckError(f"{expected.name} holds {header.not_numbers}; expected real numbers.")
    if not expected.fits(header.shape):
        letters = f", which is {expected.letters}" if expected.letters else ""
        what = f"{expected.name} has shape {header.shape}, expected {expected.shape}{letters}."
        raise LstmcheckError(what, remedy=expected.hint(header.shape))


def _refuse_numbers(array: AnyArray, expected: ExpectedArray) -> None:
    with np.errstate(over="ignore"):  # a long double beyond float64 becomes inf, and is refused
        _refuse_entries(~np.isfinite(array.astype(np.float64)), array, expected.name, "not finite")
    if expected.classes is not None:
        bad = (array != np.floor(array)) | (array < 0) | (array >= expected.classes)
        _refuse_entries(bad, array, expected.name, f"no class label from 0 to {expected.classes - 1}")


def _refuse_entries(bad: NDArray[np.bool_], array: AnyArray, name: str, what: str) -> None:
    if not bad.any():
        return
    count, first = int(bad.sum()), tuple(int(i) for i in np.argwhere(bad)[0])
    entries = f"1 entry of {name} is" if count == 1 else f"{count} entries of {name} are"
    index = ", ".join(map(str, first))
    raise LstmcheckError(f"{entries} {what}, the first at {name}[{index}]: {array[first]}.")
