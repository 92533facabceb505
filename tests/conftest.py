"""Settings that every test shares."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Several workers share the cores: with threads of BLAS in each of them they would wait for one another.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# What XLA compiles for a test is run a few times: to make it faster takes longer than it saves.
os.environ.setdefault(
    "XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
)

# A shared machine is slow at times: that is no failure. Where results gate a merge, examples never change.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("default", patient)
settings.register_profile("ci", patient, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture(scope="session", autouse=True)
def _command_made_once() -> Iterator[None]:
    """The runner of commands would make all of them anew for each run, which takes longer than most."""
    import typer.main
    import typer.testing

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.testing, "_get_command", cache(typer.main.get_command))
        yield


@pytest.fixture
def no_other_network_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A forward pass that is not as declared is not explained: that takes ten times as long as its check."""
    monkeypatch.setattr("lstmcheck.targets.forward_search.HYPOTHESES_WORK", 0)


@pytest.fixture
def no_line_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake is named, and its line is not sought: that takes as long as the name."""
    monkeypatch.setattr("lstmcheck.subjects.target_as_subject.wrong_lines", lambda *_: ())


@pytest.fixture
def targets_run_here() -> Iterator[None]:
    """Targets of the commands run in this process, as where there are no pipes to wait for: what a process of
    its own is for is tested elsewhere, and starting it takes longer than most checks."""
    yield from _targets_run_here()


@pytest.fixture(scope="module")
def targets_of_this_module_run_here() -> Iterator[None]:
    """The same for all tests of a module."""
    yield from _targets_run_here()


def _targets_run_here() -> Iterator[None]:
    before = set(sys.modules)
    with pytest.MonkeyPatch.context() as patch:
        for user in ("lstmcheck.targets.running.session", "lstmcheck.subjects.target"):
            patch.setattr(f"{user}.can_start", lambda: False)
        patch.setattr(sys, "path", sys.path[:])
        yield
    for name in set(sys.modules) - before:
        if not _is_installed(getattr(sys.modules[name], "__file__", None)):
            del sys.modules[name]


def _is_installed(file: str | None) -> bool:
    """Whether a module is a library's or ours, and none that a target brought with it."""
    ours = Path(__file__).parents[1] / "lstmcheck"
    return file is None or "site-packages" in file or file.startswith((sys.base_prefix, str(ours)))
