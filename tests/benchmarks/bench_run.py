"""Times `lstmcheck run` as a whole process against peers measured in the same run, and prints ratios.

    python tests/benchmarks/bench_run.py [--repeat 5] [--large]

Peers: a plain numpy loop (two evaluations an entry), torch.autograd.gradcheck, slow and fast, where torch is
installed, each with the smallest error of a single entry that it fails; and the time that this machine's own
matrix products allow for the recurrent products alone. Of many entries a peer does some, and its time is
multiplied. `--large` adds networks of ten and of a hundred million parameters. Quote medians of ratios:
machines are noisy.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import numpy as np
from peers import Gradcheck, Plain, Sizes, timed
from threadpoolctl import threadpool_limits

from lstmcheck.api import check
from lstmcheck.config import parse
from lstmcheck.processes import available_cores

SMALL = Path(__file__).parents[2] / "configs" / "small.yaml"
LIBRARIES = "numpy, numpy.random, pydantic, rich.console, rich.table, ruamel.yaml, threadpoolctl, typer"


SIZES = (Sizes(16, 32, 10, 4), Sizes(64, 128, 8, 1))
LARGE = (Sizes(1024, 1024, 10, 1), Sizes(2048, 2048, 10, 1, layers=3))


def process(command: list[str]) -> tuple[float, float]:
    """Seconds and peak memory (MiB) of a command that must succeed."""
    start = time.perf_counter()
    # An installed package has its bytecode; a checkout gets it with the first run.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        raise SystemExit(f"{command} ended with status {status}")
    return seconds, usage.ru_maxrss / 1024


def run_lstmcheck(config: Path, *more: str) -> tuple[float, float]:
    return process([sys.executable, "-m", "lstmcheck", "run", str(config), "--quiet", *more])


def run_sizes(sizes: Sizes, method: str = "auto", **options: str) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "bench.yaml"
        config.write_text(sizes.yaml(method, **options))
        return run_lstmcheck(config)


def smallest_detectable(sizes: Sizes, method: str) -> float:
    """Of a gate's largest entry."""
    return check(parse(sizes.yaml(method), name="bench.yaml")).smallest_detectable_error


def dgemm_bound(sizes: Sizes) -> float:
    """Seconds for the recurrent products of all central differences, at the rate of this machine.

    The first step needs none: h0 is not nudged yet.
    """
    h, U = np.ones((512, sizes.H)), np.ones((4, sizes.H, sizes.H))
    cores = available_cores()
    repeats = 60

    def products() -> None:
        for _ in range(repeats):
            h @ U.swapaxes(1, 2)

    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(cores) as pool:
        seconds = min(timed(lambda: list(pool.map(lambda _: products(), range(cores)))) for _ in range(5))
    rows = 2 * sizes.parameters * sizes.B * (sizes.T - 1)
    return seconds * rows / (cores * repeats * len(h))


def compare(sizes: Sizes, repeat: int) -> None:
    """Entries, directions, and what others need for the same; every ratio within one round."""
    plain, seconds = Plain(sizes), defaultdict[str, list[float]](list)
    torch_check = Gradcheck(sizes) if find_spec("torch") else None
    for _ in range(repeat):
        for method in ("entries", "directions"):
            seconds[method].append(run_sizes(sizes, method)[0])
        seconds["the dgemm bound of entries"].append(dgemm_bound(sizes))
        seconds["a plain loop"].append(plain.seconds())
        if torch_check:
            seconds["gradcheck, slow"].append(torch_check.seconds(fast=False))
            seconds["gradcheck, fast"].append(torch_check.seconds(fast=True))
    detects = {method: smallest_detectable(sizes, method) for method in ("entries", "directions")}
    if torch_check:
        detects["gradcheck, slow"] = torch_check.smallest(fast=False)
        detects["gradcheck, fast"] = torch_check.smallest(fast=True)
    print(f"{sizes}", flush=True)
    for what, found in seconds.items():
        ratio = median(a / b for a, b in zip(found, seconds["directions"], strict=True))
        detected = f", detects {detects[what]:.1e} of the largest" if what in detects else ""
        print(f"  {what}: {median(found):.2f} s, {ratio:.2f} times directions{detected}")


def whole_process(what: str, repeat: int, run: Callable[[], tuple[float, float]]) -> None:
    """Median seconds and peak memory."""
    seconds, peaks = zip(*(run() for _ in range(repeat)), strict=True)
    spread = f"{min(seconds):.2f} to {max(seconds):.2f}"
    print(f"{what}: {median(seconds):.2f} s ({spread}), peak {max(peaks):.0f} MiB", flush=True)


def cs231n_step() -> tuple[float, float]:
    target = str(SMALL.parent / "targets" / "cs231n_step.py")
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "bench.yaml"
        config.write_text(SIZES[0].yaml(blocks="all"))
        return run_lstmcheck(config, "--target", target, "--protocol", "cs231n-step")


def start_up(repeat: int) -> None:
    """A run on small.yaml against the time of importing its libraries."""
    ours, imports = [], []
    for _ in range(repeat):
        ours.append(run_lstmcheck(SMALL)[0])
        imports.append(process([sys.executable, "-c", f"import {LIBRARIES}"])[0])
    ratio = median(a / b for a, b in zip(ours, imports, strict=True))
    print(f"small.yaml: {median(ours):.2f} s, {ratio:.2f} times the import of its libraries")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--large", action="store_true")
    options = parser.parse_args()
    # Before torch is loaded here: a child counts the memory of the parent that it came from.
    start_up(options.repeat)
    whole_process(f"a cs231n step, {SIZES[0]}", options.repeat, cs231n_step)
    for sizes in LARGE if options.large else ():
        whole_process(str(sizes), 1, partial(run_sizes, sizes, blocks="all"))
    for sizes in SIZES:
        compare(sizes, options.repeat)


if __name__ == "__main__":
    main()
