"""What is said of many targets, the same in every format that people read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lstmcheck.marking.mark_record import MarkRecord
from lstmcheck.marking.marks import Marks
from lstmcheck.report.content import Summary
from lstmcheck.report.not_run import NotRun
from lstmcheck.report.run.words import TOTALS

COUNTED = {"pass": TOTALS["pass"], "fail": TOTALS["fail"], "inconclusive": TOTALS["inconclusive"]}
COUNTED |= {"error": TOTALS[None]}


def summary(marks: Marks) -> Summary:
    """The worst verdict, and the counts."""
    return Summary(marks.verdict, "; ".join([*_missing(marks), counts(marks)]))


def _missing(marks: Marks) -> Iterator[str]:
    if marks.missing:
        yield f"{marks.missing:,} not checked yet"


def counts(marks: Marks) -> str:
    """`6 targets: 2 passed, 3 failed, 1 could not be run · 4.2 s of work`."""
    targets = len({record.file for record in marks.records})
    configs = len(marks.store.cases.configs)
    whole = f"{targets:,} target{'s'[: targets != 1]}"
    whole += f" with {configs} configurations" if configs > 1 else ""
    results = [f"{marks.counts[mark]:,} {word}" for mark, word in COUNTED.items() if marks.counts[mark]]
    return f"{whole}: {', '.join(results) or 'none checked'} · {marks.seconds:.1f} s of work"


def name_of(record: MarkRecord, marks: Marks) -> str:
    """Of the target; with its configuration, where there are several."""
    named = f"{record.target} ({record.configuration})"
    return named if marks.several_configurations else record.target


def not_run(record: MarkRecord) -> NotRun:
    """What was in the way of a target that could not be checked."""
    return NotRun(record.target, record.problems, record.bug)


def errors(marks: Marks) -> Iterator[str]:
    """What was in the way of each, where, and its remedy; a remedy of several is told once, at the end."""
    records = [record for record in marks.records if record.told is None]
    remedies = Counter(problem.remedy for record in records for problem in record.problems)
    for record in records:
        for problem in record.problems:
            where = problem.where or ""
            place = where if record.target in where else name_of(record, marks)
            yield f"{place}: {problem.what}"
            if problem.remedy and remedies[problem.remedy] == 1:
                yield f"  {problem.remedy}"
    yield from (f"  {remedy}" for remedy, times in remedies.items() if remedy and times > 1)
