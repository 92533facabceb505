"""Draws random networks, plants one error in every second, and counts how the verdict fares.

    python tests/benchmarks/trials.py --trials 20000 --seed 0 --jobs 2 [--kind KIND] [--method METHOD]
        [--out FILE.jsonl]
    python tests/benchmarks/trials.py --seed 0 --only 1234   one trial: its YAML, what was planted, all gates

Trial 2k is a network over all keys of the configuration with its right gradient, trial 2k + 1 the same
network with one error of 1e-5 … 3 of its gate's own scale: noise, one entry, a factor, a zeroed gate, a
forgotten penalty, something not finite. Kinds: `own` is our network; `plain` and `loss` are an independent
implementation, written as ordinary people write it (`trial_targets.py`), handed over as functions. Every
trial follows from (seed, number, --kind, --method) alone, so that the counts do not depend on the number of
jobs.

accused           a gate that is right fails (also beside the one with the error)
missed            the gate with the error passes, and the report claims to see errors of that size
undecided         a gate is inconclusive: in a right network, or in the gate with the error
below             the gate passes, since the error is below its tolerance: below rtol of its own scale, or
                  below the smallest error that the report claims to see, if that is below the gate's scale
overflow          a right formula gave a gradient that is not finite, where its derivative is: it failed
refused           lstmcheck said why it did not check
crashed           an exception, or something written to stderr
passed, caught    as it should be

Ends with exit code 1 if anything was accused, missed or crashed, and lists those.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from pathlib import Path

# One thread for each process: set before numpy is loaded, here and in the workers.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from rich.console import Console
from rich.table import Table
from trial_networks import KINDS
from trial_run import TO_LOOK_AT, Record, network_of, run_trial

from lstmcheck.config import show

CHUNK = 10
LISTED = 20
"""Numbers that are shown of each reason."""
LAST_LINES = 4
"""Of a traceback in the list; --only shows all of it."""
ABSENT = "the report has no such gate"
COLUMNS = {
    "trials": lambda r: True,
    "accused": lambda r: r["outcome"] == "accused",
    "missed": lambda r: r["outcome"] == "missed",
    "crashed": lambda r: r["outcome"] == "crashed",
    "undecided right": lambda r: r["outcome"] == "undecided" and not r["wrong"],
    "undecided wrong": lambda r: r["outcome"] == "undecided" and r["wrong"],
    "below": lambda r: r["outcome"] == "below",
    "overflow": lambda r: r["outcome"] == "overflow",
    "refused": lambda r: r["outcome"] == "refused",
    "passed": lambda r: r["outcome"] == "passed",
    "caught": lambda r: r["outcome"] == "caught",
}


def run_chunk(seed: int, numbers: list[int], kind: str, method: str) -> list[Record]:
    return [run_trial(seed, number, kind, method) for number in numbers]


def run_chunks(options: argparse.Namespace) -> Iterator[list[Record]]:
    """As they are done; in this process where there is one job."""
    how = options.kind, options.method
    numbers = range(options.first, options.first + options.trials)
    chunks = [list(numbers[k : k + CHUNK]) for k in range(0, len(numbers), CHUNK)]
    if options.jobs == 1:
        yield from (run_chunk(options.seed, chunk, *how) for chunk in chunks)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(options.jobs, context, initializer=_leave_interrupts_to_the_parent)
    try:
        pending = [pool.submit(run_chunk, options.seed, chunk, *how) for chunk in chunks]
        for future in as_completed(pending):
            yield future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def run(options: argparse.Namespace, console: Console) -> list[Record]:
    """All records in the order of their numbers; those that there are, where it was interrupted."""
    done: list[Record] = []
    started = time.perf_counter()
    with ExitStack() as stack:
        out = stack.enter_context(Path(options.out).open("w", encoding="utf-8")) if options.out else None
        try:
            for chunk in run_chunks(options):
                done += chunk
                if out:
                    out.writelines(json.dumps(record) + "\n" for record in chunk)
                    out.flush()
                if len(done) % 500 < CHUNK:
                    bad = sum(record["outcome"] in TO_LOOK_AT for record in done)
                    seconds = time.perf_counter() - started
                    print(f"{len(done):,} trials, {bad} to look at, {seconds:.0f} s", file=sys.stderr)
        except (KeyboardInterrupt, BrokenProcessPool) as error:
            console.print(f"{type(error).__name__} after {len(done):,} of {options.trials:,} trials.")
    return sorted(done, key=lambda record: int(record["number"]))


def table(records: list[Record]) -> Table:
    """A row for each kind, and one for all."""
    made = Table("kind", *COLUMNS, "seconds")
    for kind in (*KINDS, "all"):
        mine = [record for record in records if kind in ("all", record["kind"])]
        counts = [str(sum(map(bool, map(counted, mine)))) for counted in COLUMNS.values()]
        made.add_row(kind, *counts, f"{sum(record['seconds'] for record in mine):.0f}")
    return made


def reasons(records: Iterable[Record]) -> Iterator[str]:
    """Each reason with its count and the first numbers."""
    listed = [(_reason(record), str(record["number"])) for record in records]
    for reason, count in Counter(reason for reason, _ in listed).most_common():
        numbers = [number for given, number in listed if given == reason]
        more = " …" if count > LISTED else ""
        yield f"  {count:6}  {reason}\n          {' '.join(numbers[:LISTED])}{more}"


def _reason(record: Record) -> str:
    """In one line: the gate's note, what lstmcheck said, or how a traceback ends."""
    said = (record.get("reason") or ABSENT).strip().splitlines()[-1]
    return f"{record['outcome']}: {said}" if record["outcome"] in TO_LOOK_AT else str(said)


def describe(record: Record, options: argparse.Namespace) -> str:
    """Everything about a trial that is not as it should be, and how to run it again."""
    command = f"python tests/benchmarks/trials.py --seed {options.seed} --only {record['number']}"
    asked = {"kind": (options.kind, "all"), "method": (options.method, "auto")}
    how = "".join(f" --{key} {value}" for key, (value, usual) in asked.items() if value != usual)
    planted = f"  planted: {record['error']}\n" if record.get("error") else ""
    details = record.get("gate") or record.get("reason") or ABSENT
    if options.only is None:
        details = "\n  ".join(details.splitlines()[-LAST_LINES:])
    return (
        f"{record['number']} {record['kind']} {record['outcome'].upper()}, verdict {record.get('verdict')}:"
        f" {_sizes(record)}\n{planted}  {details}\n  {command}{how}\n"
    )


def _sizes(record: Record) -> str:
    config = record["config"]
    lstm, sequence, check = config["lstm"], config["sequence"], config["check"]
    return (
        f"D={lstm['input_size']} H={lstm['hidden_size']} T={sequence['length']} B={sequence['batch']}"
        f" init_scale={lstm['init_scale']} forget_bias={lstm['forget_bias']:g} rtol={check['rtol']:g}"
        f" reference={check['reference']} activations={'/'.join(lstm['activations'].values())}"
        f" loss.scale={config['loss']['scale']:.1e} {record.get('variant', '')}"
    )


def summary(records: list[Record], options: argparse.Namespace, console: Console) -> None:
    console.print(table(records))
    for title, outcome, wrong in (
        ("Undecided on right networks", "undecided", False),
        ("Undecided about the gate with the error", "undecided", True),
        ("Refused", "refused", None),
    ):
        mine = [r for r in records if r["outcome"] == outcome and wrong in (None, r["wrong"])]
        console.print(f"\n{title}: {len(mine)}")
        for line in reasons(mine):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
    bad = [record for record in records if record["outcome"] in TO_LOOK_AT]
    console.print(f"\nTo look at: {len(bad)}")
    for line in reasons(bad):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    console.print()
    for record in bad:
        console.print(describe(record, options), markup=False, highlight=False, soft_wrap=True)


def alone(options: argparse.Namespace, console: Console) -> Record:
    """One trial with its configuration and all its gates."""
    how = options.kind, options.method
    network, _ = network_of(options.seed, options.only, *how)
    record = run_trial(options.seed, options.only, *how, keep=True)
    lines = [show(network.config), *record.get("rows", []), "", describe(record, options)]
    console.print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)
    return record


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="number of the first trial")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--kind", choices=[*KINDS, "all"], default="all")
    parser.add_argument("--method", choices=["auto", "directions"], default="auto", help="check.method")
    parser.add_argument("--out", help="a line of JSON for each trial")
    parser.add_argument("--only", type=int, help="run this trial alone, and show everything about it")
    return parser.parse_args()


def main() -> None:
    options = parsed()
    console = Console(width=None if sys.stdout.isatty() else 140)
    if options.only is not None:
        records = [alone(options, console)]
    else:
        records = run(options, console)
        summary(records, options, console)
    raise SystemExit(any(record["outcome"] in TO_LOOK_AT for record in records))


if __name__ == "__main__":
    main()
