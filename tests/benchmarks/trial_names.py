"""How many wrong implementations are caught, and how far they are named.

`python tests/benchmarks/trial_names.py`; an argument takes those whose name contains it.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "targets"))

from more_wrong_styles import MORE_STYLES
from target_checks import checked
from wrong_code import CORPUS, WrongCode
from wrong_styles import IN_OTHER_STYLES, Wrong

from lstmcheck.judge.diagnosis_result import Diagnosis

SIZES = {"lstm__input_size": 4, "lstm__hidden_size": 6, "sequence__length": 5, "sequence__batch": 3}
"""Of configs/small.yaml."""


def named(diagnosis: Diagnosis) -> list[frozenset[str]]:
    """The ids of each explanation, in whole or in part."""
    suspects = diagnosis.suspects or tuple(filter(None, [diagnosis.partial]))
    return [frozenset((each.mistake, *each.partners)) for each in suspects]


def judged(code: WrongCode | Wrong, diagnosis: Diagnosis | None) -> str:
    """What a diagnosis is worth."""
    if diagnosis is None:
        return "missed"
    names = named(diagnosis)
    if diagnosis.suspects:
        return "fully" if code.known in names and len(code.known) == len(code.slips) else "otherwise"
    if diagnosis.partial:
        return "partly" if names[0] <= code.known else "otherwise"
    return "located" if diagnosis.asked else "unnamed"


def main() -> None:
    """Print a line for each, and the sums."""
    every: tuple[WrongCode | Wrong, ...] = (*CORPUS, *IN_OTHER_STYLES, *MORE_STYLES)
    wanted = [code for code in every if not sys.argv[1:] or sys.argv[1] in str(code)]
    counts: Counter[str] = Counter()
    seconds = []
    for code in wanted:
        with tempfile.TemporaryDirectory() as folder:
            started = time.process_time()
            report = checked(Path(folder), code.source, code.protocol, explain=True, **SIZES)
            seconds.append(time.process_time() - started)
        verdict = judged(code, report.diagnosis)
        counts[verdict] += 1
        print(f"{verdict:9} {seconds[-1]:5.1f} s  {code}")
        if verdict != "fully" and report.diagnosis:
            print(f"             slips {sorted(code.slips)}")
            for names in named(report.diagnosis):
                print(f"             named {sorted(names)}")
            print(f"             {report.diagnosis.note} {report.diagnosis.asked}")
    took = f"{sum(seconds):.0f} CPU s, at most {max(seconds):.1f}"
    print(f"{len(wanted)} wrong implementations: {dict(counts)}; {took}")


if __name__ == "__main__":
    main()
