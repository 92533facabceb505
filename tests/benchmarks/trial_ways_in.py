"""Mistakes planted into gradients in a file, and into a program's answers: how many are caught and named.

A network of two layers in both directions over sequences of several lengths. `python
tests/benchmarks/trial_ways_in.py` plants forty-five of the catalogue, or as many as its argument says.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "checking"))

from gradient_files import NETWORK, configuration
from ways_in import by_file, by_program

from lstmcheck.judge.results import Report
from lstmcheck.judge.verdict import Verdict
from lstmcheck.lstm.backward import Backward
from lstmcheck.mistakes.catalogue import applicable

MISTAKES = 45


def told(report: Report, mistake: str) -> str:
    """What became of a planted mistake."""
    if report.gradient != Verdict.FAIL:
        return f"missed ({report.gradient})"
    names = {suspect.mistake for suspect in report.diagnosis.suspects} if report.diagnosis else set()
    return "named" if mistake in names else "caught"


def main() -> None:
    """Print what is not named, and the sums."""
    every = applicable(configuration(NETWORK))
    count = int(sys.argv[1]) if sys.argv[1:] else MISTAKES
    chosen = [every[int(k)] for k in np.random.default_rng(0).choice(len(every), count, replace=False)]
    with TemporaryDirectory() as folder:
        ways: dict[str, Callable[[type[Backward]], Report]] = {
            "file": lambda backward: by_file(Path(folder), backward, explain=True),
            "program": lambda backward: by_program(backward, explain=True),
        }
        for way, judge in ways.items():
            started = time.process_time()
            right = judge(Backward).gradient
            found: Counter[str] = Counter()
            for mistake in chosen:
                what = told(judge(mistake.backward), mistake.id)
                found[what] += 1
                if what != "named":
                    print(f"  {way}: {mistake.id} {what}", flush=True)
            took = time.process_time() - started
            print(f"{way}: right {right}; of {count} wrong {dict(found)}; {took:.0f} CPU s", flush=True)


if __name__ == "__main__":
    main()
