"""What makes a shared library of a source in another language; nothing is compiled here."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

from lstmcheck.targets.running.calling import short

LIBRARIES = (".so", ".dylib", ".dll")
COMPILERS = {
    ".c": "cc -O2 -shared -fPIC -o {library} {file} -lm",
    ".cc": "c++ -O2 -shared -fPIC -o {library} {file}",
    ".cpp": "c++ -O2 -shared -fPIC -o {library} {file}",
    ".cxx": "c++ -O2 -shared -fPIC -o {library} {file}",
    ".cu": "nvcc -O2 -shared -Xcompiler -fPIC -o {library} {file}",
    ".o": "cc -shared -o {library} {file} -lm",
    ".rs": "rustc --edition 2021 -O --crate-type cdylib -o {library} {file}",
    ".zig": "zig build-lib -O ReleaseFast -dynamic -femit-bin={library} {file}",
}
"""By the suffix of the source."""


def compile_command(path: Path) -> str | None:
    """For a source; None for any other file."""
    command = COMPILERS.get(path.suffix)
    library = path.with_name(f"lib{path.stem}.so")
    return command and command.format(library=quote(short(str(library))), file=quote(short(str(path))))


def how_to_check(path: Path) -> str | None:
    """Of a library, or of a source of one: how it can be a target; None for any other file."""
    if path.suffix in LIBRARIES:
        return "A shared library is a target of protocol c: --protocol c, or target.protocol: c."
    command = compile_command(path)
    return command and f"Compile it, and name the library with protocol c: {command}"


def how_to_make(path: Path) -> str | None:
    """Of a library that is not there: how it is made of a source beside it, if there is one."""
    stem = path.stem.removeprefix("lib")
    sources = (path.with_name(stem + suffix) for suffix in COMPILERS)
    there = next((source for source in sources if source.is_file()), None)
    return f"Compile it: {compile_command(there)}" if there else None
