"""How right and wrong gradients in fewer digits are judged, and how small a mistake each precision shows.

Our own equations run in float64, float32, float16 and bfloat16, right ones and with twenty mistakes, over
sizes; their gradients are judged as files. `python tests/benchmarks/trial_precision.py`, or with the names of
the precisions that are wanted: a minute and a half of one core for each.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from lstmcheck.api import check
from lstmcheck.arrays.make_case import make_case
from lstmcheck.arrays.write_arrays import write_arrays
from lstmcheck.config import Config, parse
from lstmcheck.judge.results import Report
from lstmcheck.judge.verdict import Verdict
from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.precision import PRECISIONS, Precision
from lstmcheck.lstm.types import Arrays
from lstmcheck.mistakes.catalogue import applicable
from lstmcheck.reference.low_precision import Run, rounding_to, run_in

Size = tuple[int, int, int, int, int, bool]
SIZES: tuple[Size, ...] = (
    (3, 4, 3, 2, 1, False),
    (4, 6, 5, 3, 1, False),
    (3, 4, 5, 2, 2, True),
    (8, 16, 20, 4, 1, False),
    (8, 32, 50, 4, 1, False),
    (3, 5, 120, 2, 1, False),
)
"""D, H, T, B, layers, both directions."""
SEEDS = range(4)
MISTAKES = 20
SHARES = 2.0 ** -np.arange(1, 23)
"""By which all gradients are too large."""


def configured(size: Size, seed: int, folder: Path, precision: Precision) -> Config:
    D, H, T, B, layers, both = size
    text = f"""
seed: {seed}
lstm: {{input_size: {D}, hidden_size: {H}, num_layers: {layers}, bidirectional: {str(both).lower()}}}
sequence: {{length: {T}, batch: {B}, initial_state: random}}
target: {{file: {folder}/mine.npz, protocol: gradients, dtype: {precision}}}
check: {{entries: 8}}
"""
    (folder / "mine.npz").touch()
    return parse(text, name="trial")


def run(config: Config, precision: Precision, backward: type[Backward] = Backward) -> Run:
    """In numbers of the precision, rounded to the nearest."""
    return run_in(make_case(config).rounded(precision), rounding_to(precision), backward)


def judged(config: Config, gradients: Arrays) -> Report:
    assert config.target_path is not None
    write_arrays(config.target_path, gradients)
    return check(config, explain=False)


def right(configs: Callable[[], Iterator[Config]], precision: Precision) -> None:
    """No right gradient may fail, whether it is added up in many digits or in few."""
    ways: dict[str, Callable[[Run], Arrays]] = {
        "sums in many digits": lambda found: found.gradients,
        "sums in its digits": lambda found: found.added,
    }
    for name, of in ways.items():
        reports = [judged(config, of(run(config, precision))) for config in configs()]
        gates = Counter(gate.verdict.value for report in reports for gate in report.blocks)
        notes = Counter(note.code for report in reports for gate in report.blocks for note in gate.notes)
        print(f"  right, {name}: {dict(gates)} gates of {len(reports)} networks; {dict(notes)}", flush=True)


def wrong(configs: Callable[[], Iterator[Config]], precision: Precision) -> None:
    """Of twenty mistakes those that do not fail are told."""
    found: Counter[str] = Counter()
    for config in configs():
        mistakes = applicable(config)
        chosen = np.random.default_rng(config.seed).choice(len(mistakes), MISTAKES, replace=False)
        for mistake in (mistakes[int(k)] for k in chosen):
            verdict = judged(config, run(config, precision, mistake.backward).gradients).gradient
            found[verdict.value] += 1
            if verdict != Verdict.FAIL:
                print(f"    {verdict}: {mistake.id}, {config.lstm.hidden_size} units", flush=True)
    print(f"  wrong: {dict(found)}", flush=True)


def smallest(config: Config, precision: Precision) -> tuple[list[float], list[float]]:
    """Of every gate, the smallest share by which it is too large and does not pass; and fails."""
    gradients = run(config, precision).gradients
    shown: dict[str, float] = {}
    failed: dict[str, float] = {}
    for share in SHARES:
        report = judged(config, {name: a * (1 + share) for name, a in gradients.items()})
        for gate in report.blocks:
            if gate.verdict != Verdict.PASS and shown.get(gate.label, 1.0) >= 2 * share:
                shown[gate.label] = share
            if gate.verdict == Verdict.FAIL and failed.get(gate.label, 1.0) >= 2 * share:
                failed[gate.label] = share
        if all(gate.verdict == Verdict.PASS for gate in report.blocks):
            break
    every = [gate.label for gate in report.blocks]
    return [shown.get(each, 1.0) for each in every], [failed.get(each, 1.0) for each in every]


def main() -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        for precision in [PRECISIONS[word] for word in sys.argv[1:] or PRECISIONS]:
            print(precision, flush=True)

            def configs(seeds: range = SEEDS, kind: Precision = precision) -> Iterator[Config]:
                yield from (configured(size, seed, folder, kind) for size in SIZES for seed in seeds)

            right(configs, precision)
            wrong(lambda: configs(range(1)), precision)
            for size in SIZES:
                shown, failed = smallest(configured(size, 0, folder, precision), precision)
                print(
                    f"  {size}: does not pass from {np.median(shown):.1e} of half the gates, {max(shown):.1e}"
                    f" of all; fails from {np.median(failed):.1e}, {max(failed):.1e}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
