"""The options of `run` and `sweep` that concern a target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import split

from lstmcheck.config import Config, Place
from lstmcheck.config.write_yaml import in_quotes
from lstmcheck.errors import LstmcheckError
from lstmcheck.protocol_capabilities import GRADIENTS
from lstmcheck.subjects.registry import kind_of


@dataclass(frozen=True)
class TargetOptions:
    """What the command line says of the target; None: what the configuration says."""

    file: str | None = None
    protocol: str | None = None
    convention: str | None = None
    timeout: float | None = None
    jobs: int | None = None
    memory: float | None = None
    strict: bool = False
    gradients: str | None = None
    """A file of them, in the place of code."""

    command: str | None = None
    """That starts a program, as it would be typed."""

    @property
    def overrides(self) -> list[str]:
        """The same as keys of the configuration. A file is found from the working directory.

        Raises LstmcheckError for two that exclude each other.
        """
        if self.gradients is not None and (self.file or self.protocol):
            raise LstmcheckError(
                "gradients from a file and a target that is run are two things to check.",
                where="--gradients",
                remedy="Leave out --target and --protocol.",
            )
        found = []
        if self.file is not None:
            path = str(Path(self.file).absolute())
            found += [f"target.file={in_quotes(path)}", "target.module=null"]
        if self.gradients is not None:
            path = str(Path(self.gradients).absolute())
            found += [f"target.file={in_quotes(path)}", f"target.protocol={GRADIENTS}", "target.module=null"]
        if self.command is not None:
            words = [in_quotes(_from_here(word)) for word in _split(self.command)]
            found += [f"target.command=[{', '.join(words)}]", "target.protocol=process"]
            found += ["target.file=null", "target.module=null"]
        if self.protocol is not None:
            found.append(f"target.protocol={self.protocol}")
        if self.convention is not None:
            found.append(f"target.convention={self.convention}")
        if self.timeout is not None:
            found.append(f"target.timeout={self.timeout or 'null'}")
        if self.memory is not None:
            found.append(f"target.memory={self.memory or 'null'}")
        if self.strict:
            found.append("target.strict=true")
        return found

    def with_protocol(self, config: Config) -> Config:
        """A file of the command line has the protocol of its functions, where nobody says another.

        Raises LstmcheckError where they fit none or several, or where that contradicts other keys.
        """
        if self.file is None or self.protocol is not None:
            return config
        from lstmcheck.targets.guessed_protocol import with_guessed_protocol

        return with_guessed_protocol(config)

    def refuse_others_than_files(self, mistakes: list[str]) -> None:
        """Raises LstmcheckError where something else is to be checked beside many files."""
        if mistakes:
            raise _planted_elsewhere(mistakes, "target")
        other = "--gradients" if self.gradients else "--command" if self.command else None
        if other:
            what = "many targets are files of Python."
            raise LstmcheckError(what, where=other, remedy=f"Leave out {other} or --target.")

    @property
    def words(self) -> list[str]:
        """The same as options, to be typed again."""
        named = {
            "--target": self.file,
            "--gradients": self.gradients,
            "--command": self.command,
            "--protocol": self.protocol,
            "--convention": self.convention,
            "--timeout": None if self.timeout is None else f"{self.timeout:g}",
            "--max-memory": None if self.memory is None else f"{self.memory:g}",
        }
        words = [word for name, value in named.items() if value is not None for word in (name, value)]
        return [*words, *(["--strict"] if self.strict else [])]


def _split(command: str) -> list[str]:
    try:
        return split(command)
    except ValueError as error:
        what = f"{error}.".replace("No ", "no ").lower()
        raise LstmcheckError(what, where=f"--command {command}", remedy="Close it.") from None


def _from_here(word: str) -> str:
    """A word that names a file is found from the working directory; others stay."""
    return str(Path(word).absolute()) if Path(word).is_file() else word


def refuse_missing_file(config: Config) -> None:
    """Raises LstmcheckError where there is no such file: told once, rather than by every case of a sweep."""
    path = config.target_path
    if path is not None and not path.is_file():
        place = config.locate("target", "file") or Place("target.file")
        what = f"{path} is a folder." if path.is_dir() else f"there is no file {path}."
        # Only where it is to be told.
        from lstmcheck.targets.library.compilers import how_to_make

        remedy = how_to_make(path) or "A target is a Python file, or a shared library for protocol c."
        raise LstmcheckError([place.problem(what, remedy)])


def refuse_mistakes_elsewhere(configs: Sequence[Config], mistakes: list[str]) -> None:
    """A mistake can be planted in our own backward pass only."""
    foreign = [kind for kind in map(kind_of, configs) if not kind.our_backward]
    if mistakes and foreign:
        raise _planted_elsewhere(mistakes, foreign[0].name)


def _planted_elsewhere(mistakes: list[str], what: str) -> LstmcheckError:
    return LstmcheckError(
        f"a mistake is planted in our own backward pass, and a {what} is checked here.",
        where=f"--mistake {mistakes[0]}",
        remedy="Leave out one of the two.",
    )
