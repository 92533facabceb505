"""A shared library and its functions; what else a file may be, and how a library is made of it."""

from __future__ import annotations

import platform
import re
from contextlib import suppress
from ctypes import CDLL, c_int, c_int64, c_void_p
from pathlib import Path
from typing import Any

from lstmcheck.errors import LstmcheckError, did_you_mean
from lstmcheck.targets.library.c_types import SUFFIX
from lstmcheck.targets.library.call import CFunction
from lstmcheck.targets.library.compilers import compile_command, how_to_make
from lstmcheck.targets.library.passes import LibraryBackward, LibraryForward
from lstmcheck.targets.running.call_settings import TargetSettings
from lstmcheck.targets.running.calling import short

MACHINES = {3: "i386", 40: "arm", 62: "x86_64", 183: "aarch64", 243: "riscv64"}
"""The numbers in the head of a library of Linux, by the names of `platform.machine`."""
OTHERS = {
    b"!<ar": "a static library",
    b"MZ": "a library of Windows",
    b"\xcf\xfa\xed\xfe": "a library of macOS",
    b"\xca\xfe\xba\xbe": "a library of macOS",
    b"\x7fELF": "a library of Linux",
}
"""What files are by their first bytes, where they cannot be loaded."""
LINE_BUFFERED = 1
"""As C calls it on Linux: _IOLBF."""
HEADER = "lstmcheck schema c prints the header with all three."
FORWARD = ("params", "x", "h0", "c0", "y", "h_T", "c_T", "cache")
BACKWARD = (
    *("params", "x", "h0", "c0", "d_y", "d_h", "d_c", "cache"),
    *("d_params", "d_x", "d_h0", "d_c0"),
)


def functions_of(settings: TargetSettings) -> list[Any]:
    """Its passes, as those of protocol plain.

    Raises LstmcheckError for what is no library, cannot be loaded, or lacks one of the functions.
    """
    assert settings.file is not None
    library = _Library(Path(settings.file), settings.dtype)
    forward = library.function(settings.forward or library.name("lstm_forward"), FORWARD)
    backward = library.function(settings.backward or library.name("lstm_backward"), BACKWARD)
    cache_size = library.function(library.name("lstm_cache_size"))
    cache_size.symbol.restype = c_int64
    return [LibraryForward(forward, cache_size), LibraryBackward(backward)]


class _Library:
    def __init__(self, path: Path, dtype: str) -> None:
        self.path, self.dtype, self.place = path, dtype, short(str(path))
        if not path.is_file():
            what = f"{path} is a folder." if path.is_dir() else f"there is no file {path}."
            remedy = how_to_make(path) or "Protocol c calls a shared library."
            raise LstmcheckError(what, where="target.file", remedy=remedy)
        if (command := compile_command(path)) is not None:
            remedy = f"Compile it, and name the library: {command}"
            raise LstmcheckError("this is no shared library.", where=self.place, remedy=remedy)
        try:
            self._loaded = CDLL(str(path.resolve()))
        except OSError as error:
            raise LstmcheckError(self._not_loaded(str(error)), where=self.place) from None
        _write_line_by_line()

    def name(self, of: str) -> str:
        """Of a function, in this precision. Raises LstmcheckError for one that the header lacks."""
        if self.dtype not in SUFFIX:
            what = f"protocol c has double and float; target.dtype is {self.dtype}."
            raise LstmcheckError(what, where="target.dtype", remedy=f"Set it to {' or '.join(SUFFIX)}.")
        return of + SUFFIX[self.dtype]

    def function(self, name: str, arguments: tuple[str, ...] = ()) -> CFunction:
        try:
            symbol = getattr(self._loaded, name)
        except AttributeError:
            what = f"there is no function {name}, which protocol c calls."
            raise LstmcheckError(what, where=self.place, remedy=self._remedy(name)) from None
        symbol.restype = c_int
        return CFunction(symbol, name, self.place, arguments)

    def _not_loaded(self, said: str) -> str:
        """Why, as its head shows; or in the words of the system."""
        head = self.path.read_bytes()[:20]
        kind = next((kind for begin, kind in OTHERS.items() if head.startswith(begin)), None)
        if kind is None:
            return "this is no shared library."
        machine = MACHINES.get(int.from_bytes(head[18:20], "little"))
        if head.startswith(b"\x7fELF") and machine not in (None, platform.machine()):
            return f"this is a library for {machine}; this machine is {platform.machine()}."
        said = said.removeprefix(f"{self.path.resolve()}: ")
        return f"this is {kind}, and cannot be loaded: {said}."

    def _remedy(self, name: str) -> str:
        bare = name.removesuffix("_f32")
        other = next(dtype for dtype in SUFFIX if dtype != self.dtype)
        if hasattr(self._loaded, bare + SUFFIX[other]):
            return f"It has {bare + SUFFIX[other]}: set target.dtype: {other}. {HEADER}"
        known = set(re.findall(rb"\w*lstm\w*", self.path.read_bytes()))
        names = sorted(each.decode() for each in known)
        if any(re.match(rf"_Z\w*\d{name}", each) for each in names):
            return f'It is there under a name of C++: declare it extern "C". {HEADER}'
        hint = did_you_mean(name, (each for each in names if hasattr(self._loaded, each)))
        return f"{hint} {HEADER}" if hint else HEADER


def _write_line_by_line() -> None:
    """C keeps what it prints until there is much of it: what it printed before it crashed would be lost."""
    system = CDLL(None)
    with suppress(ValueError, AttributeError):  # it has another name, where this is not Linux
        system.setvbuf(c_void_p.in_dll(system, "stdout"), None, LINE_BUFFERED, 0)
