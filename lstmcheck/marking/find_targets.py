"""Files, folders and patterns of the command line → the files that are checked, and what they are called."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from glob import glob, has_magic
from pathlib import Path

from lstmcheck.errors import LstmcheckError

SUFFIXES = (".py", ".ipynb")
"""Of targets in a folder."""


def is_one_file(words: Sequence[str]) -> bool:
    """Whether the words name a single file as it is; what is not there is told by the check of it."""
    return len(words) == 1 and not (Path(words[0]).is_dir() or _is_pattern(words[0]))


def find_targets(words: Iterable[str]) -> tuple[Path, ...]:
    """The absolute paths of all files that are meant, each once, in the order of their names.

    Raises LstmcheckError for a word that means none.
    """
    found = {path for word in words for path in _files_of(word)}
    return tuple(sorted(found))


def _files_of(word: str) -> list[Path]:
    files = [Path(os.path.abspath(each)) for each in _meant(word) if Path(each).is_file()]
    if not files:
        raise LstmcheckError(_why_none(word), where=f"--target {word}", remedy=REMEDY)
    return files


REMEDY = "Name a Python file, a folder of them, or a pattern in quotes, as 'homework/*.py'."


def _meant(word: str) -> Iterator[str]:
    if Path(word).is_dir():
        names = sorted(os.listdir(word))
        yield from (os.path.join(word, name) for name in names if _is_target(name))
    elif _is_pattern(word):
        yield from glob(word, recursive=True)
    else:
        yield word


def _is_target(name: str) -> bool:
    """Of the files in a folder: those beginning with _ or . are parts of something else."""
    return name.endswith(SUFFIXES) and not name.startswith(("_", "."))


def _is_pattern(word: str) -> bool:
    """Of a file whose name has brackets in it: no."""
    return has_magic(word) and not Path(word).exists()


def _why_none(word: str) -> str:
    if Path(word).is_dir():
        return f"there is no file {' or '.join(f'*{suffix}' for suffix in SUFFIXES)} in this folder."
    return "no file fits the pattern." if _is_pattern(word) else "there is no such file."


def names_of(files: Sequence[Path]) -> list[str]:
    """What tells files apart, without the folder that they share, and what moves a terminal's cursor."""
    shared = os.path.commonpath([path.parent for path in files])
    names = (path.relative_to(shared).as_posix() for path in files)
    return ["".join(c if c.isprintable() else "?" for c in name) for name in names]
