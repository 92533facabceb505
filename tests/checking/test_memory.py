"""What a check of whole gates needs: its peak, measured, and what is said of sizes that do not fit."""

from __future__ import annotations

import tracemalloc

import pytest
from checking_configs import Tree, check_gates, config_of, small

from lstmcheck.errors import LstmcheckError
from lstmcheck.judge import memory
from lstmcheck.judge.memory import PROCESS, needed_bytes, refuse_what_cannot_fit

LARGE: Tree = {"input_size": 256, "hidden_size": 256, "num_layers": 2}


def test_the_peak_of_whole_gates_is_foreseen_within_a_factor_of_two() -> None:
    config = config_of(small(lstm=LARGE, sequence={"length": 2, "batch": 1}))
    tracemalloc.start()
    try:
        report = check_gates(config)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (report.verdict, report.method.directions >= 4) == ("pass", True)
    assert peak / 2 < needed_bytes(config) - PROCESS < 2 * peak


def test_whole_gates_need_a_small_multiple_of_the_network() -> None:
    lstm: Tree = {"input_size": 2048, "hidden_size": 2048, "num_layers": 3}
    config = config_of(small(lstm=lstm, sequence={"length": 10, "batch": 1}))
    entries = small(lstm=lstm, sequence={"length": 10, "batch": 1}, check={"method": "entries"})
    assert needed_bytes(config) < 8 * 2**30
    assert needed_bytes(config_of(entries)) > 2 * needed_bytes(config)


def test_what_does_not_fit_is_refused_with_both_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free_bytes", lambda: 2**30)
    config = config_of(small(lstm={"input_size": 2048, "hidden_size": 2048, "num_layers": 3}))
    with pytest.raises(LstmcheckError, match=r"need about \d.* GiB of memory; 1 GiB are free"):
        refuse_what_cannot_fit(config)
