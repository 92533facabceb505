"""Settings that every test shares."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import settings

# Several workers share the cores: with threads of BLAS in each of them they would wait for one another.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shared machine is slow at times: that is no failure. Where results gate a merge, examples never change.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture(scope="session", autouse=True)
def _command_made_once() -> Iterator[None]:
    """The runner of commands would make all of them anew for each run, which takes longer than most."""
    import typer.main
    import typer.testing

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.testing, "_get_command", cache(typer.main.get_command))
        yield
