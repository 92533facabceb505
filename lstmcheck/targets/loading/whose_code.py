"""Whose code a file is: the target's, a library's, or ours."""

from __future__ import annotations

import sysconfig
from functools import lru_cache
from pathlib import Path

OURS = Path(__file__).resolve().parents[2]
LIBRARIES = tuple(
    {Path(sysconfig.get_path(key)).resolve() for key in ("stdlib", "platstdlib", "purelib", "platlib")}
)
PACKAGES = {"site-packages", "dist-packages"}
_beside: set[Path] = set()
"""Folders of targets: what lies there is the user's, wherever that is."""


def add_target(path: Path) -> None:
    """What lies beside this file is the target's, even within an installed package."""
    _beside.add(path.resolve().parent)
    is_library.cache_clear()


@lru_cache
def is_ours(path: str) -> bool:
    """Whether a file belongs to lstmcheck."""
    return _resolved(path).is_relative_to(OURS)


@lru_cache
def is_library(path: str) -> bool:
    """Whether a file belongs to Python or to an installed package, and does not lie beside a target."""
    if path.startswith("<"):
        return True
    file = _resolved(path)
    installed = any(map(file.is_relative_to, LIBRARIES)) or bool(PACKAGES & set(file.parts))
    return installed and file.parent not in _beside


def is_target_code(path: str) -> bool:
    """Whether a file is neither ours nor a library's."""
    return not is_ours(path) and not is_library(path)


def _resolved(path: str) -> Path:
    try:
        return Path(path).resolve()
    except OSError:  # a name that is no path
        return Path(path)
