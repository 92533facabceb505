"""Whose code a file is: folders are compared, not the letters that their names begin with."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import lstmcheck
from lstmcheck.targets.loading import whose_code

PACKAGE = Path(lstmcheck.__file__).parent


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With an installation in `rr`."""
    monkeypatch.setattr(whose_code, "LIBRARIES", (tmp_path / "rr",))
    monkeypatch.setattr(whose_code, "_beside", set())
    whose_code.is_library.cache_clear()
    return tmp_path


def test_a_folder_whose_name_begins_like_an_installation_s_is_none(folder: Path) -> None:
    assert whose_code.is_library(str(folder / "rr" / "lib" / "numbers.py"))
    assert whose_code.is_target_code(str(folder / "rr-work" / "mine.py"))


def test_what_lies_beside_a_target_is_no_library(folder: Path) -> None:
    target = folder / "rr" / "lib" / "site-packages" / "package" / "mine.py"
    assert not whose_code.is_target_code(str(target))
    whose_code.add_target(target)
    assert whose_code.is_target_code(str(target))
    assert whose_code.is_target_code(str(target.with_name("helper.py")))
    assert not whose_code.is_target_code(str(target.parent / "vendored" / "helper.py"))


def test_ours_is_told_by_its_folder() -> None:
    assert whose_code.is_ours(str(PACKAGE / "api.py"))
    assert whose_code.is_target_code(f"{PACKAGE}-targets/mine.py")


@pytest.mark.parametrize("path", [json.__file__, np.__file__, "<frozen importlib._bootstrap>"])
def test_python_and_installed_packages_are_libraries(path: str) -> None:
    assert whose_code.is_library(path)
