"""Times `lstmcheck run` as a whole process against peers measured in the same run, and prints ratios.

    python tests/benchmarks/bench_run.py [--repeat 3]

Peers: a plain numpy loop (two evaluations an entry), torch.autograd.gradcheck where torch is installed, and
the time that this machine's own matrix products allow for the recurrent products alone. Quote medians of
ratios: machines are noisy.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from lstmcheck.processes import available_cores

Floats = NDArray[np.float64]
SMALL = Path(__file__).parents[2] / "configs" / "small.yaml"
LIBRARIES = "numpy, numpy.random, pydantic, rich.console, rich.table, ruamel.yaml, threadpoolctl, typer"


@dataclass(frozen=True)
class Sizes:
    D: int
    H: int
    T: int
    B: int

    def __str__(self) -> str:
        return f"D{self.D} H{self.H} T{self.T} B{self.B}, {self.parameters:,} parameters"

    @property
    def parameters(self) -> int:
        return 4 * self.H * (self.D + self.H + 1)

    def yaml(self) -> str:
        return (
            f"lstm: {{input_size: {self.D}, hidden_size: {self.H}}}\n"
            f"sequence: {{length: {self.T}, batch: {self.B}}}\n"
            "check: {blocks: [W, U, b]}\n"
        )


SIZES = (Sizes(16, 32, 10, 4), Sizes(32, 64, 10, 4), Sizes(64, 128, 8, 1))


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


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


def run_lstmcheck(config: Path) -> tuple[float, float]:
    return process([sys.executable, "-m", "lstmcheck", "run", str(config), "--quiet"])


class Plain:
    """The loop that everybody writes first: one LSTM forward for each side of each entry."""

    def __init__(self, sizes: Sizes) -> None:
        random = np.random.default_rng(0)
        self.sizes = sizes
        D, H, T, B = sizes.D, sizes.H, sizes.T, sizes.B
        self.parameters = [0.2 * random.standard_normal(s) for s in ((D, 4 * H), (H, 4 * H), (4 * H,))]
        self.x = random.standard_normal((T, B, D))
        self.upstream = random.standard_normal((T, B, H))

    def loss(self) -> float:
        W, U, b = self.parameters
        h = c = np.zeros((self.sizes.B, self.sizes.H))
        total = 0.0
        for x, upstream in zip(self.x, self.upstream, strict=True):
            z_i, z_f, z_g, z_o = np.split(x @ W + h @ U + b, 4, axis=1)
            c = c / (1 + np.exp(-z_f)) + np.tanh(z_g) / (1 + np.exp(-z_i))
            h = np.tanh(c) / (1 + np.exp(-z_o))
            total += float((h * upstream).sum())
        return total

    def differences(self, step: float = 1e-5) -> list[Floats]:
        found = [np.empty_like(a) for a in self.parameters]
        for array, into in zip(self.parameters, found, strict=True):
            for index in np.ndindex(array.shape):
                kept = array[index]
                array[index] = kept + step
                plus = self.loss()
                array[index] = kept - step
                into[index] = (plus - self.loss()) / (2 * step)
                array[index] = kept
        return found


def gradcheck(sizes: Sizes) -> None:
    """torch's own check at its defaults, of the same parameters."""
    import torch

    lstm = torch.nn.LSTM(sizes.D, sizes.H, dtype=torch.float64)
    names, values = zip(*lstm.named_parameters(), strict=True)
    x = torch.randn(sizes.T, sizes.B, sizes.D, dtype=torch.float64)

    def outputs(*arrays: torch.Tensor) -> torch.Tensor:
        y, _ = torch.func.functional_call(lstm, dict(zip(names, arrays, strict=True)), (x,))
        return torch.sum(y)

    torch.autograd.gradcheck(outputs, tuple(v.detach().requires_grad_() for v in values))


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


def compare(sizes: Sizes, repeat: int, *, peers: bool) -> None:
    ours, plain, torch_seconds, bound = [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "bench.yaml"
        config.write_text(sizes.yaml())
        for _ in range(repeat):
            ours.append(run_lstmcheck(config)[0])
            bound.append(dgemm_bound(sizes))
            if peers:
                plain.append(timed(Plain(sizes).differences))
            if peers and find_spec("torch"):
                torch_seconds.append(timed(lambda: gradcheck(sizes)))
    print(f"{sizes}: whole process {median(ours):.2f} s")
    _ratio("share of the dgemm bound", bound, ours)
    _ratio("times as fast as a plain loop", plain, ours)
    _ratio("times as fast as torch.autograd.gradcheck", torch_seconds, ours)


def peak_memory() -> None:
    """Before torch is loaded here: a child counts the memory of the parent that it came from."""
    with tempfile.TemporaryDirectory() as folder:
        for sizes in SIZES:
            config = Path(folder) / "bench.yaml"
            config.write_text(sizes.yaml())
            print(f"{sizes}: peak {run_lstmcheck(config)[1]:.0f} MiB")


def _ratio(what: str, numerator: list[float], denominator: list[float]) -> None:
    if numerator:
        ratios = [a / b for a, b in zip(numerator, denominator, strict=True)]
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        print(f"  {median(ratios):6.2f} {what} ({median(numerator):.2f} s; {spread})")


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
    parser.add_argument("--repeat", type=int, default=3)
    repeat = parser.parse_args().repeat
    peak_memory()
    start_up(3 * repeat)
    for sizes in SIZES:
        compare(sizes, repeat, peers=sizes is SIZES[0])


if __name__ == "__main__":
    main()
