"""Mistakes planted at random into right targets, as they are and rewritten: which lines are accused?

    python tests/benchmarks/trial_lines.py [--cases 10] [--mistakes 1] [--rewrites 10] [--show]

Counts of each protocol: cases; mistakes planted, of those found, and of those as one of several lines that
would do; lines accused that are right, which must be none; cases of which nothing is said; cases that the
suggestions settle; seconds of processor time.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "lines"))

from mutations import Mutant, mutants
from rewrites import rewritten
from watched import RIGHT, accused, is_wrong, opened, right_source

from lstmcheck.judge.wrong_line import WrongLine

COUNTED = ("cases", "planted", "found", "one of several", "wrongly accused", "silent", "settled")
TRIED = 6
"""Mutants for each case: some do not run, or are right."""


def main() -> None:
    """Exit with 1 if a right line is accused."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cases", type=int, default=10, help="of each source")
    parser.add_argument("--mistakes", type=int, default=1, help="in each case")
    parser.add_argument("--rewrites", type=int, default=0, help="variants of each example")
    parser.add_argument("--protocol", choices=list(RIGHT), action="append")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", action="store_true", help="what is not found and settled")
    given = parser.parse_args()
    total: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for protocol in given.protocol or RIGHT:
            counts = _counts(protocol, given, Path(folder))
            print(f"{protocol:16}", _told(counts), flush=True)
            total += counts
    print(f"{'all':16}", _told(total))
    sys.exit(bool(total["wrongly accused"]))


def _told(counts: Counter[str]) -> str:
    return " · ".join(f"{counts[name]} {name}" for name in COUNTED) + f" · {counts['ms'] / 1000:.1f} s"


def _counts(protocol: str, given: argparse.Namespace, folder: Path) -> Counter[str]:
    counts: Counter[str] = Counter()
    for variant in range(given.rewrites + 1):
        for mutant in _cases(protocol, variant, given, folder):
            began = time.process_time()
            lines = accused(opened(mutant.source, protocol, folder))
            counts += Counter(ms=int(1000 * (time.process_time() - began)))
            judged = _judged(mutant, lines)
            counts += judged
            if given.show and (judged["wrongly accused"] or not judged["settled"]):
                _show(protocol, variant, mutant, lines)
    return counts


def _cases(protocol: str, variant: int, given: argparse.Namespace, folder: Path) -> Iterator[Mutant]:
    source, functions = right_source(protocol), RIGHT[protocol][1]
    if variant:
        source = rewritten(source, functions, variant)
    found = 0
    candidates = mutants(source, functions, given.seed + 1000 * variant, given.mistakes)
    for mutant, _ in zip(candidates, range(TRIED * given.cases), strict=False):
        if found < given.cases and is_wrong(mutant.source, protocol, folder):
            found += 1
            yield mutant


def _judged(mutant: Mutant, lines: tuple[WrongLine, ...]) -> Counter[str]:
    groups = [[line.line, *(each.line for each in line.alternatives)] for line in lines]
    found = [[g for g in groups if any(p[0] <= n <= p[1] for n in g)] for p in mutant.planted]
    return Counter(
        {
            "cases": 1,
            "planted": len(mutant.planted),
            "found": sum(map(bool, found)),
            "one of several": sum(bool(those) and all(len(g) > 1 for g in those) for those in found),
            "wrongly accused": sum(not any(map(mutant.is_planted, group)) for group in groups),
            "silent": not lines,
            "settled": bool(lines) and all(line.settles for line in lines),
        }
    )


def _show(protocol: str, variant: int, mutant: Mutant, lines: tuple[WrongLine, ...]) -> None:
    print("---", protocol, variant, mutant.changes)
    for line in lines:
        those = [line, *line.alternatives]
        mark = "     " if any(mutant.is_planted(each.line) for each in those) else "WRONG"
        print(f"  {mark} {line.line}:{line.column} {line.source.strip()}")
        print(f"        {line.computes} → {line.belongs} | {line.suggestion} | {line.settles}")
        for each in line.alternatives:
            print(f"        or {each.line}: {each.suggestion}")


if __name__ == "__main__":
    main()
