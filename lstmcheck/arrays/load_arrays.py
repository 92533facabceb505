"""Numbers of a configuration's file: trained weights, real inputs, states, upstreams, targets."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lstmcheck.arrays import fingerprint
from lstmcheck.arrays.allowed_arrays import expected_arrays, unexpected
from lstmcheck.arrays.framework_arrays import read_foreign
from lstmcheck.arrays.open_file import AnyArray, Member, members
from lstmcheck.arrays.read_array import read_array
from lstmcheck.config.config import Config
from lstmcheck.config.place import Place
from lstmcheck.config.text_files import read_bytes
from lstmcheck.errors import LstmcheckError, Problem, collecting


def load_arrays(config: Config) -> dict[str, AnyArray]:
    """The arrays of `arrays.file`, by our names in our layout; none where no file is named.

    Class labels come as int64, everything else as float64. Shapes and finiteness are checked. Raises
    LstmcheckError with everything that is wrong with the file, pointing at the key that names it.
    """
    path = config.arrays_path
    if path is None:
        return {}
    try:
        # A file that `lstmcheck inputs` has written may be read, too.
        found = [each for each in members(_content(path)) if each.name != fingerprint.NAME]
        return _read(found, config)
    except LstmcheckError as error:
        place = config.locate("arrays", "file") or Place("arrays.file")
        problems = [place.problem(f"{path}: {each.what}", each.remedy) for each in error.problems]
        raise LstmcheckError(problems) from None


def _content(path: Path) -> bytes:
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise LstmcheckError("this is no file.")
    return read_bytes(path)


def _read(found: Iterable[Member], config: Config) -> dict[str, AnyArray]:
    if not found:
        raise LstmcheckError("there is no array in it.")
    if config.arrays is None or config.arrays.convention is None:
        return _read_ours(found, config)
    plain = {name for name, each in expected_arrays(config).items() if each.layer is None}
    problems: list[Problem] = []
    arrays: dict[str, AnyArray] = {}
    with collecting(problems):
        arrays |= _read_ours([member for member in found if member.name in plain], config)
    with collecting(problems):
        arrays |= read_foreign([member for member in found if member.name not in plain], config)
    if problems:
        raise LstmcheckError(problems)
    return arrays


def _read_ours(found: Iterable[Member], config: Config) -> dict[str, AnyArray]:
    """Arrays under our names."""
    arrays: dict[str, AnyArray] = {}
    problems: list[Problem] = []
    expected = expected_arrays(config)
    for member in found:
        if member.name not in expected:
            problems.append(unexpected(member.name, config))
            continue
        with collecting(problems):
            arrays[member.name] = read_array(member, expected[member.name])
    if problems:
        raise LstmcheckError(problems)
    return arrays
