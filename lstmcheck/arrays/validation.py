"""One array of a file: its shape and its numbers, or what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lstmcheck.arrays.archive import AnyArray, DamagedError, Header, Member
from lstmcheck.arrays.wanted import Wanted

What = tuple[str, str | None]
"""What is wrong with an array, and the remedy."""


def checked(member: Member, wanted: Wanted) -> tuple[AnyArray, list[What]]:
    """An array in float64, class labels in int64, and what is wrong with it.

    A wrong shape is found before the numbers are read.
    """
    nothing = np.empty(0)
    try:
        if found := list(_wrong_header(wanted, member.header())):
            return nothing, found
        array = member.numbers()
    except DamagedError:
        return nothing, [damaged(member)]
    found = list(_wrong_numbers(wanted, array))
    return (nothing, found) if found else (_converted(wanted, array), [])


def damaged(member: Member) -> What:
    return f"{member.name} is cut off or damaged.", "Write the file anew."


def _wrong_header(wanted: Wanted, header: Header) -> Iterator[What]:
    if header.no_numbers is not None:
        yield f"{wanted.name} holds {header.no_numbers}; expected real numbers.", None
    elif not wanted.fits(header.shape):
        what = f"{wanted.name} has shape {header.shape}, expected {wanted.shape}{wanted.letters}."
        yield what, wanted.hint(header.shape)


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
    kind = np.float64 if wanted.classes is None else np.int64
    return np.array(array, kind, order="C").reshape(wanted.shape)
