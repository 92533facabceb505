"""The target's module, and the functions in it. It is the user's own code, and is run as such."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from lstmcheck.errors import LstmcheckError, Problem, did_you_mean
from lstmcheck.targets.library.compilers import how_to_check
from lstmcheck.targets.loading.definitions import OFFER
from lstmcheck.targets.loading.notebooks import NOTEBOOK, codes, has_more_than_definitions
from lstmcheck.targets.loading.notebooks import notebook as read_notebook
from lstmcheck.targets.loading.whose_code import add_target
from lstmcheck.targets.protocols.adapter import Function
from lstmcheck.targets.running.call_settings import TargetSettings
from lstmcheck.targets.running.calling import Caller, short


def load_module(settings: TargetSettings, call: Caller) -> ModuleType:
    """The module that the settings name.

    Raises LstmcheckError where it is not found or cannot be run.
    """
    if settings.file is not None:
        path = Path(settings.file)
        if not path.is_file():
            what = f"{path} is a folder." if path.is_dir() else f"there is no file {path}."
            raise LstmcheckError(what, where="target.file", remedy=A_TARGET_IS)
        refuse_unreadable(path)
        add_target(path)
        _make_importable(path.parent)
        with offering_definitions(path, settings.only_definitions):
            return cast(ModuleType, call(import_file, path.resolve(), settings.only_definitions))
    assert settings.module is not None
    _make_importable(Path(settings.folder))
    if not call(module_exists, settings.module):
        what = f"there is no module {settings.module}."
        remedy = "Is it installed here, or beside this file? target.file names a single file."
        raise LstmcheckError(what, where="target.module", remedy=remedy)
    return cast(ModuleType, call(importlib.import_module, settings.module))


A_TARGET_IS = "A target is a Python file, or a notebook (.ipynb)."


def refuse_unreadable(path: Path) -> None:
    """Raises LstmcheckError for a file that is neither Python nor a notebook."""
    if path.suffix == NOTEBOOK:
        read_notebook(path)
        return
    other = how_to_check(path)
    if other or importlib.util.spec_from_file_location("target", path) is None:
        what = "this is no Python file."
        raise LstmcheckError(what, where=short(str(path)), remedy=other or A_TARGET_IS)


@contextmanager
def offering_definitions(path: Path, only_definitions: bool) -> Iterator[None]:
    """Says of a script that fails that its definitions can be taken alone."""
    try:
        yield
    except LstmcheckError as error:
        if only_definitions or not has_more_than_definitions(path):
            raise
        first, *others = error.problems
        remedy = " ".join(filter(None, (first.remedy, OFFER)))
        raise type(error)([replace(first, remedy=remedy), *others]) from None


def import_file(path: Path, only_definitions: bool = False) -> ModuleType:
    """Run a Python file, or the definitions of a script or a notebook, as a module of its own."""
    name = f"lstmcheck_target_{path.stem}"
    if only_definitions or path.suffix == NOTEBOOK:
        return _import_definitions(name, path)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickles of the target look themselves up there
    spec.loader.exec_module(module)
    return module


def _import_definitions(name: str, path: Path) -> ModuleType:
    module = ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module
    for code in codes(path):
        exec(code, vars(module))
    return module


def _make_importable(folder: Path) -> None:
    """Modules beside the target and in the working directory can be imported, as in a script."""
    sys.path[:0] = [str(folder.resolve()), str(Path.cwd())]


def module_exists(name: str) -> bool:
    """Whether there is such a module; the packages around it are imported."""
    try:
        spec = importlib.util.find_spec(name)
    except (ModuleNotFoundError, ValueError):
        return False
    if spec is not None and spec.origin is not None:
        add_target(Path(spec.origin))
    return spec is not None


def find_functions(settings: TargetSettings, names: Sequence[str], call: Caller) -> list[Function]:
    """The functions of the target: those that the settings name, or else the protocol's `names`.

    Raises LstmcheckError where there are none, with the near ones.
    """
    finder = _Finder(load_module(settings, call), settings, call)
    given = {"forward": settings.forward, "backward": settings.backward}
    return [finder.find(given[key] or name, key) for key, name in zip(given, names, strict=False)]


class _Finder:
    """Functions of a module by their names; `LSTM.forward` is a method, of one object if it needs one."""

    def __init__(self, module: ModuleType, settings: TargetSettings, call: Caller) -> None:
        self.module, self.settings, self.call = module, settings, call
        self._objects: dict[type, Any] = {}

    def find(self, name: str, key: str) -> Function:
        owner: Any = self.module
        *outer, last = name.split(".")
        for part in outer:
            owner = self._attribute(owner, part, name, key)
        function = self._attribute(owner, last, name, key)
        if inspect.isclass(owner) and _needs_self(owner, last):
            function = getattr(self._object(owner), last)
        if not callable(function):
            raise LstmcheckError(
                f"{name} is no function.", where=_file(self.module), remedy=_names(self.module)
            )
        found: Function = function
        return found

    def _object(self, owner: type) -> Any:
        """One for all methods: they may share what they keep."""
        if owner not in self._objects:
            try:
                self._objects[owner] = self.call(owner)
            except LstmcheckError as error:
                raise type(error)([replace(error.problems[0], remedy=self._wants_object(owner))]) from None
        return self._objects[owner]

    def _wants_object(self, owner: type) -> str:
        name = owner.__name__
        return (
            f"Protocol {self.settings.protocol} makes its object by {name}(), without arguments, and calls"
            f" its methods. Give the constructor defaults, or make its methods static."
        )

    def _attribute(self, owner: Any, part: str, name: str, key: str) -> Any:
        if hasattr(owner, part):
            return getattr(owner, part)
        what = f"there is no {name}, which protocol {self.settings.protocol} calls."
        known = [each for each in dir(owner) if not each.startswith("__")]
        hint = did_you_mean(part, known, show=lambda near: f"target.{key}: {near}") or ""
        raise LstmcheckError(Problem(what, _file(self.module), f"{hint} {_names(self.module)}".lstrip()))


def _needs_self(owner: type, name: str) -> bool:
    return inspect.isfunction(inspect.getattr_static(owner, name))


def _names(module: ModuleType) -> str:
    own = [name for name, each in vars(module).items() if _is_own(each, module) and not name.startswith("_")]
    there = ", ".join(own) or "none"
    return f"Functions and classes there: {there}. target.forward and target.backward name others."


def _is_own(value: Any, module: ModuleType) -> bool:
    return callable(value) and getattr(value, "__module__", None) == module.__name__


def _file(module: ModuleType) -> str:
    return short(module.__file__ or module.__name__)
