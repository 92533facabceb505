"""Numbers of a configuration's file: trained weights, real inputs, states, upstreams, targets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lstmcheck.arrays.archive import AnyArray, Member, NoArchiveError, members
from lstmcheck.arrays.foreign_arrays import theirs_as_ours
from lstmcheck.arrays.validation import What, checked
from lstmcheck.arrays.wanted import wanted_arrays, why_unknown
from lstmcheck.config.config import Config
from lstmcheck.config.files import read_bytes
from lstmcheck.config.place import Place
from lstmcheck.errors import LstmcheckError

Found = tuple[dict[str, AnyArray], list[What]]


def read_arrays(config: Config) -> dict[str, AnyArray]:
    """The arrays of `arrays.file`, by our names in our layout; none where no file is named.

    Class labels come as int64, everything else as float64. Shapes and finiteness are checked. Raises
    LstmcheckError with everything that is wrong with the file, pointing at the key that names it.
    """
    path = config.arrays_path
    if path is None:
        return {}
    place = config.locate("arrays", "file") or Place("arrays.file")
    arrays, wrong = _read(_content(path, place), config)
    if wrong:
        raise LstmcheckError([place.problem(f"{path}: {what}", remedy) for what, remedy in wrong])
    return arrays


def _content(path: Path, place: Place) -> bytes:
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise LstmcheckError("this is no file.", where=str(path))
        return read_bytes(path)
    except LstmcheckError as error:
        raise LstmcheckError(
            [place.problem(f"{each.where}: {each.what}", each.remedy) for each in error.problems]
        ) from None


def _read(content: bytes, config: Config) -> Found:
    try:
        found = members(content)
    except NoArchiveError as error:
        return {}, [error.told]
    if not found:
        return {}, [("there is no array in it.", None)]
    if config.arrays is None or config.arrays.convention is None:
        return _ours(found, config)
    wanted = {name: each for name, each in wanted_arrays(config).items() if each.layer is None}
    plain, wrong = _ours([member for member in found if member.name in wanted], config)
    parameters, more = theirs_as_ours([member for member in found if member.name not in wanted], config)
    return plain | parameters, wrong + more


def _ours(found: Sequence[Member], config: Config) -> Found:
    """Arrays under our names."""
    arrays: dict[str, AnyArray] = {}
    wrong: list[What] = []
    wanted = wanted_arrays(config)
    for member in found:
        if member.name in wanted:
            arrays[member.name], problems = checked(member, wanted[member.name])
            wrong += problems
        else:
            wrong.append(why_unknown(member.name, config))
    return arrays, wrong
