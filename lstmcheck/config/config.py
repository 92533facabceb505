"""A configuration: its keys, which agree with each other, and where they were written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import PrivateAttr, ValidationInfo, model_validator

from lstmcheck.config.find_contradictions import refuse_contradictions
from lstmcheck.config.place import Place
from lstmcheck.config.sections import Settings
from lstmcheck.config.source import Source
from lstmcheck.lstm.spec import LstmSpec


class Config(Settings, defer_build=False):
    """What is to be checked, and how. Made by `load` or `parse`; `Config(lstm={...})` works too.

    Made directly, wrong values raise pydantic's ValidationError and keys that contradict each other
    LstmcheckError; `load` and `parse` raise LstmcheckError for both.
    """

    _source: Source | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _keys_agree(self, info: ValidationInfo) -> Config:
        if not (info.context and info.context.get("rules_later")):
            refuse_contradictions(self)
        return self

    def locate(self, *loc: str | int) -> Place | None:
        """Where a key such as `("check", "rtol")` was written, or the nearest section around it.

        None for a configuration that was made in Python.
        """
        return self._source.locate(loc) if self._source else None

    @property
    def arrays_path(self) -> Path | None:
        """The file that `arrays.file` names, found from the configuration's own folder."""
        if self.arrays is None:
            return None
        return self.folder / self.arrays.file

    @property
    def folder(self) -> Path:
        """Where relative paths of the configuration begin."""
        return self._source.folder if self._source else Path()

    def portable(self) -> dict[str, Any]:
        """Plain data that loads to an equal configuration from any folder: files are absolute."""
        data = self.model_dump(mode="json")
        if self.arrays_path is not None:
            data["arrays"]["file"] = str(self.arrays_path.absolute())
        if self.target_path is not None:
            data["target"]["file"] = str(self.target_path)
        if self.target and self.target.command:
            files = [self.folder / word for word in self.target.command]
            words = zip(self.target.command, files, strict=True)
            data["target"]["command"] = [str(f.absolute()) if f.is_file() else word for word, f in words]
        return data

    def __eq__(self, other: object) -> bool:
        return self._content() == other._content() if isinstance(other, Config) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple((key, value) for key, value in self._content().items() if key != "sweep"))

    def _content(self) -> dict[str, Any]:
        # Two files that name one .npz by different routes mean the same.
        path, convention = self.arrays_path, self.arrays and self.arrays.convention
        target = self.target and self.target.model_copy(update={"file": None})
        files = {"arrays": (path and path.absolute(), convention), "target": (self.target_path, target)}
        return dict(self) | files

    @property
    def target_path(self) -> Path | None:
        """The absolute path of the file that `target.file` names."""
        file = self.target and self.target.file
        return (self.folder / file).absolute() if file else None


def spec(config: Config) -> LstmSpec:
    """The network that a configuration describes."""
    lstm = config.lstm
    return LstmSpec(
        input_size=lstm.input_size,
        hidden_size=lstm.hidden_size,
        num_layers=lstm.num_layers,
        bidirectional=lstm.bidirectional,
        bias=lstm.bias,
        peephole=lstm.peephole,
        coupled=lstm.coupled,
        proj_size=lstm.proj_size,
        **dict(lstm.activations),
    )
