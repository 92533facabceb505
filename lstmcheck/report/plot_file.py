"""Pictures for `--plot`: refused before the work, written after it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lstmcheck.errors import LstmcheckError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SUFFIXES = (".svg", ".png")


def refuse_unplottable(path: Path) -> None:
    """Raises LstmcheckError, before any work, where no plot could be written."""
    where = f"--plot {path}"
    if path.suffix.lower() not in SUFFIXES:
        raise LstmcheckError(f"expected a name that ends in {' or '.join(SUFFIXES)}.", where=where)
    if not path.absolute().parent.is_dir():
        raise LstmcheckError("there is no such folder.", where=where)
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise LstmcheckError(
            "a plot needs matplotlib.", where=where, remedy="Install it: pip install 'lstmcheck[plot]'"
        ) from None


def save(figure: Figure, path: Path) -> None:
    """Raises LstmcheckError where it cannot be written."""
    try:
        figure.savefig(path, dpi=150)
    except OSError as error:
        raise LstmcheckError(f"cannot be written: {error.strerror}.", where=f"--plot {path}") from None
