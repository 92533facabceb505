"""What checkers say of the same right and wrong gradients, each at its defaults.

    python tests/benchmarks/bench_verdicts.py
    python tests/benchmarks/bench_verdicts.py --only "lstmcheck, whole gates" --draws 2000 --right

Right gradients: our own backward pass on networks of short and long sequences, small and usual weights, and
a loss times 1e-4, 1 and 1e4. Wrong ones: the same with a mistake that people have made, or with one entry,
or one array, off by a thousandth; those that a mistake leaves within 1e-5 of each gate's scale are left out.
torch.autograd.gradcheck and jax.test_util.check_grads are run themselves, where installed; of the others the
rule is applied to differences as they take them.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from statistics import median

import numpy as np
from rich.console import Console
from rich.table import Table
from verdict_rules import RULES, Asked

from lstmcheck.api import check
from lstmcheck.arrays.make_case import make_case
from lstmcheck.config import Config
from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.types import Arrays, Numbers
from lstmcheck.mistakes.catalogue import CATALOGUE

MISTAKES = (
    "cell-carry-dropped",
    "hidden-carry-dropped",
    "output-gate-uses-cell",
    "output-derivative-missing",
    "input-gate-uses-itself",
    "forget-uses-new-cell",
    "bias-doubled",
    "recurrent-weights-use-new-hidden",
    "first-step-skipped",
    "initial-hidden-zero",
)
VISIBLE = 1e-5
"""Of its gate's scale: what is off by less anywhere counts as neither right nor wrong."""


@dataclass
class Score:
    """How one checker fared."""

    accused: int = 0
    right: int = 0
    missed: dict[float, int] = field(default_factory=lambda: defaultdict(int))
    wrong: dict[float, int] = field(default_factory=lambda: defaultdict(int))
    evaluations: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


class OneEntryOff(Backward):
    """One recurrent weight's gradient, by a thousandth of its gate's scale."""

    def gradients(self, upstream: Outputs) -> dict[str, Numbers]:
        found = super().gradients(upstream)
        found["U_l0"][1, 2, 1] += 1e-3 * np.abs(found["U_l0"][1]).max()
        return found


class OneArrayOff(Backward):
    """All input weights, by a thousandth of themselves."""

    def gradients(self, upstream: Outputs) -> dict[str, Numbers]:
        found = super().gradients(upstream)
        return found | {"W_l0": 1.001 * found["W_l0"]}


WRONG: list[type[Backward]] = [*(CATALOGUE[name].backward for name in MISTAKES), OneEntryOff, OneArrayOff]


def networks(draws: int) -> Iterator[Config]:
    for draw in range(draws):
        length, weights = ((3, None), (12, None), (3, 0.1), (12, 0.1))[draw // 3 % 4]
        yield Config(
            seed=draw,
            lstm={"input_size": 4, "hidden_size": 6, "init_scale": weights},  # type: ignore[arg-type]
            sequence={"length": length, "batch": 2},  # type: ignore[arg-type]
            loss={"scale": (1e-4, 1.0, 1e4)[draw % 3]},  # type: ignore[arg-type]
        )


def is_visible(config: Config, right: Arrays, wrong: Arrays) -> bool:
    def gates(array: Numbers, name: str) -> Numbers:
        return np.asarray(array.reshape(4 if name[:2] in ("W_", "U_", "b_") else 1, -1))

    return any(
        (np.abs(gates(wrong[n] - right[n], n)).max(1) > VISIBLE * np.abs(gates(right[n], n)).max(1)).any()
        for n in right
    )


def ours(method: str) -> Callable[[Asked], tuple[bool, int]]:
    def judged(asked: Asked) -> tuple[bool, int]:
        settings = asked.config.check.model_copy(update={"method": method})
        config = asked.config.model_copy(update={"check": settings})
        report = check(config, backward=asked.backward, explain=False)
        return report.verdict == "pass", report.method.evaluations

    return judged


OURS = {"lstmcheck, entries": ours("entries"), "lstmcheck, whole gates": ours("directions")}
CHECKERS = OURS | {name: rule.passes for name, rule in RULES.items() if find_spec(rule.needs)}


def compare(draws: int, names: list[str], wrong: Sequence[type[Backward]]) -> dict[str, Score]:
    scores = {name: Score() for name in names}
    every: list[type[Backward]] = [Backward, *wrong]
    for config in networks(draws):
        case = make_case(config)
        for backward in every:
            gradients = case.gradients(backward)
            if backward is not Backward and not is_visible(config, case.right, gradients):
                continue
            asked = Asked(config, case, backward, gradients)
            for name, score in scores.items():
                _count(score, CHECKERS[name], asked)
    return scores


def _count(score: Score, checker: Callable[[Asked], tuple[bool, int]], asked: Asked) -> None:
    started = time.process_time()
    passes, evaluations = checker(asked)
    score.seconds.append(time.process_time() - started)
    score.evaluations.append(evaluations)
    if asked.backward is Backward:
        score.right += 1
        score.accused += not passes
    else:
        scale = asked.config.loss.scale
        score.wrong[scale] += 1
        score.missed[scale] += passes


def table(scores: dict[str, Score]) -> Table:
    first = next(iter(scores.values()))
    small = min(first.wrong, default=1.0)
    made = Table(
        "checker, at its defaults",
        f"right ones accused, of {first.right}",
        f"wrong ones missed, of {sum(first.wrong.values())}",
        f"with the loss times {small:g}",
        "evaluations",
        "CPU seconds",
    )
    for name, score in scores.items():
        share = score.missed[small] / max(1, score.wrong[small])
        missed = sum(score.missed.values())
        numbers = f"{median(score.evaluations):,.0f}", f"{median(score.seconds):.3f}"
        made.add_row(name, str(score.accused), str(missed), f"{share:.0%}", *numbers)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=24, help="networks, each with its wrong gradients")
    parser.add_argument("--only", choices=list(CHECKERS), action="append", help="these checkers alone")
    parser.add_argument("--right", action="store_true", help="right gradients alone")
    options = parser.parse_args()
    scores = compare(options.draws, options.only or list(CHECKERS), [] if options.right else WRONG)
    Console(width=140).print(table(scores))


if __name__ == "__main__":
    main()
