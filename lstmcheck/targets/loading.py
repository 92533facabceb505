"""The target's module, and the functions in it. It is the user's own code, and is run as such."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from lstmcheck.config import Config
from lstmcheck.config.source import Place
from lstmcheck.errors import LstmcheckError, Problem
from lstmcheck.targets.calling import Caller, short


def load_module(config: Config, call: Caller) -> ModuleType:
    """The module that `target.file` or `target.module` names.

    Raises LstmcheckError where it is not found or cannot be run.
    """
    target = config.target
    assert target is not None
    if target.file is not None:
        path = config.folder / target.file
        if not path.is_file():
            what = f"{path} is a folder." if path.is_dir() else f"there is no file {path}."
            raise LstmcheckError(_place(config, "file").problem(what, "A target is a Python file."))
        with _importable(path.parent):
            return cast(ModuleType, call(import_file, path.resolve()))
    assert target.module is not None
    name = target.module
    with _importable(config.folder):
        if not _exists(name):
            what = f"there is no module {name}."
            remedy = "Is it installed here, or beside this file? target.file names a single file."
            raise LstmcheckError(_place(config, "module").problem(what, remedy))
        return cast(ModuleType, call(importlib.import_module, name))


def import_file(path: Path) -> ModuleType:
    """Run a Python file as a module of its own."""
    name = f"lstmcheck_target_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError("this is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickles of the target look themselves up there
    spec.loader.exec_module(module)
    return module


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Modules beside the target and in the working directory can be imported, as in a script."""
    added = [str(folder.resolve()), str(Path.cwd())]
    sys.path[:0] = added
    try:
        yield
    finally:
        for path in added:
            if path in sys.path:
                sys.path.remove(path)


def _exists(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def find_function(module: ModuleType, name: str, config: Config, key: str) -> Callable[..., Any]:
    """A function of the target by its name; `LSTM.forward` is a method, of a new object if it needs one.

    Raises LstmcheckError where there is none, with the near ones.
    """
    owner: Any = module
    *outer, last = name.split(".")
    for part in outer:
        owner = _attribute(owner, part, module, name, config, key)
    function = _attribute(owner, last, module, name, config, key)
    if inspect.isclass(owner) and _needs_self(owner, last):
        function = getattr(owner(), last)
    if not callable(function):
        raise LstmcheckError(f"{name} is no function.", where=_file(module), remedy=_names(module))
    found: Callable[..., Any] = function
    return found


def _needs_self(owner: type, name: str) -> bool:
    return inspect.isfunction(inspect.getattr_static(owner, name))


def _attribute(owner: Any, part: str, module: ModuleType, name: str, config: Config, key: str) -> Any:
    if hasattr(owner, part):
        return getattr(owner, part)
    assert config.target is not None
    what = f"there is no {name}, which protocol {config.target.protocol} calls."
    near = get_close_matches(part, [each for each in dir(owner) if not each.startswith("__")], n=1)
    hint = f"Did you mean target.{key}: {near[0]}? " if near else ""
    raise LstmcheckError(Problem(what, _file(module), f"{hint}{_names(module)}"))


def _names(module: ModuleType) -> str:
    own = [name for name, each in vars(module).items() if _is_own(each, module) and not name.startswith("_")]
    told = ", ".join(own) or "none"
    return f"Functions and classes there: {told}. target.forward and target.backward name others."


def _is_own(value: Any, module: ModuleType) -> bool:
    return callable(value) and getattr(value, "__module__", None) == module.__name__


def _file(module: ModuleType) -> str:
    return short(module.__file__ or module.__name__)


def _place(config: Config, key: str) -> Place:
    return config.locate("target", key) or Place(f"target.{key}")
