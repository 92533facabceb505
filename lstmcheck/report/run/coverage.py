"""What was asked for and did not come back, and what nobody asked for, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lstmcheck.judge.results import Report
from lstmcheck.judge.verdict import Verdict


def answer(report: Report) -> tuple[Verdict, str] | None:
    """Verdict and sentence; None where nobody else's code is asked and nothing is missing."""
    if report.target is None and report.coverage.verdict == Verdict.PASS:
        return None
    return report.coverage.verdict, _sentence(report)


def judged_sentences(report: Report, *, whole: bool = True) -> Iterator[tuple[Verdict | None, str]]:
    """The answer; then, of a target, all that was not compared, and what could hide there, or how much."""
    if given := answer(report):
        yield given
    yield from ((None, sentence) for sentence in not_covered(report, whole=whole))


def not_covered(report: Report, *, whole: bool = True) -> Iterator[str]:
    """The same, without the answer."""
    if report.target is not None and report.not_covered:
        yield f"Not covered: {', '.join(report.not_covered)}.{_hidden(report.target.hidden, whole)}"


def _sentence(report: Report) -> str:
    if report.coverage.verdict == Verdict.PASS:
        return "Coverage: pass: every gradient that was asked for came back."
    causes = []
    if report.coverage.not_reached:
        causes.append(f"{_not_reached(report)}.")
    if report.coverage.missing:
        causes.append(f"{missing(report)} asked for and did not come back. {remedy(report)}")
    return f"Coverage: inconclusive: {' '.join(causes)}"


def _not_reached(report: Report) -> str:
    """What the check did not come to before it was ended."""
    return f"ended after {report.seconds:.1f} s, before {_were(report.coverage.not_reached)} measured"


def missing(report: Report) -> str:
    """`x was`, `U_l0, x were`."""
    return _were(report.coverage.missing)


def _were(names: Sequence[str]) -> str:
    return f"{', '.join(names)} {'was' if len(names) == 1 else 'were'}"


def remedy(report: Report) -> str:
    """The option that asks for less, if anything is left to ask for."""
    option = _asks_for_less(report)
    return f"{option} asks for less." if option else "Return it whole: nothing less can be asked for."


def _asks_for_less(report: Report) -> str | None:
    made_in_python = report.config.locate("lstm") is None
    return option(report.coverage.whole, made_in_python=made_in_python)


def option(blocks: Sequence[str], *, made_in_python: bool = False) -> str | None:
    """`--blocks W,U (check.blocks)`, of blocks that came back whole; None where none did."""
    if not blocks:
        return None
    return f"blocks={list(blocks)}" if made_in_python else f"--blocks {','.join(blocks)} (check.blocks)"


def brief(report: Report) -> str:
    """What is missing, and the remedy, within a line."""
    if report.coverage.not_reached:
        return _not_reached(report)
    return in_brief(report.coverage.missing, _asks_for_less(report))


def in_brief(names: Sequence[str], option: str | None) -> str:
    """`x did not come back, --blocks W,U asks for less`."""
    lacking = f"{', '.join(names)} did not come back"
    return f"{lacking}, {option} asks for less" if option else lacking


def _hidden(mistakes: tuple[str, ...], whole: bool) -> str:
    if not mistakes:
        return ""
    count = len(mistakes)
    names = f": {', '.join(mistakes)}" if whole else ", which -v names"
    return f" {count} known mistake{'s'[: count > 1]} could hide there{names}."
