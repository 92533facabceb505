"""Sentences and numbers of a report, the same in every format that people read."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from lstmcheck.judge.results import GateResult, Report
from lstmcheck.judge.verdict import Verdict
from lstmcheck.reference.kinds import KINDS
from lstmcheck.report.content import Summary
from lstmcheck.report.not_run import NotRun, Ran
from lstmcheck.report.run import answers, coverage, diagnosis

HOW = {kind.name: kind.words for kind in KINDS} | {"known": "known without measuring"}
TOTALS = {"pass": "passed", "fail": "failed", "inconclusive": "inconclusive", None: "could not be run"}


def title(report: Report) -> str:
    """Name and sizes of what was checked."""
    lstm, sequence = report.config.lstm, report.config.sequence
    sizes = f"T={sequence.length} B={sequence.batch} D={lstm.input_size} H={lstm.hidden_size}"
    extra = [
        f"P={lstm.proj_size}" if lstm.proj_size else "",
        f"{lstm.num_layers} layers" if lstm.num_layers > 1 else "",
        "bidirectional" if lstm.bidirectional else "",
        "peephole" if lstm.peephole else "",
        "coupled" if lstm.coupled else "",
    ]
    whose = f", {answers.head(report.target)}" if report.target else ""
    return f"{report.config.name}: {' '.join([sizes, *filter(None, extra)])}{whose}"


def entries(gate: GateResult) -> str:
    """`1,024`, or `40 of 1,024`."""
    return count_of_entries([gate])


def count_of_entries(gates: Sequence[GateResult]) -> str:
    """The same of several gates together."""
    some, every = sum(gate.entries for gate in gates), sum(gate.total for gate in gates)
    return f"{some:,}" if some == every else f"{some:,} of {every:,}"


def error(gate: GateResult) -> str:
    """The worst error and its uncertainty, relative to the gate's scale."""
    if gate.scale == 0 and math.isfinite(gate.worst.analytic):
        return f"{_short(gate.max_abs_error)} beside 0" if gate.max_abs_error else "0"
    if not math.isfinite(gate.rel_error):
        return "no bound" if gate.directions else "not finite"
    if gate.directions:
        return f"≤ {_short(gate.rel_error)}"
    return f"{_short(gate.rel_error)} ± {_short(gate.uncertainty)}"


def place(gate: GateResult) -> str:
    """Where the worst error is; of a gate that was judged as a whole, how that was done."""
    return f"{gate.directions} directions" if gate.directions else gate.where


def gradients(gate: GateResult) -> str | None:
    """Both gradients of the worst entry; None of a gate that was judged as a whole."""
    entry = gate.worst
    if gate.directions:
        return None
    return f"analytic {gradient(entry.analytic)}, reference {gradient(entry.reference)}"


def verdict(gate: GateResult) -> str:
    """The verdict of a gate, in the table: lost precision is told apart from a want of proof."""
    return "imprecise" if gate.imprecise else gate.verdict.value


def gradient(value: float, digits: int = 6) -> str:
    """A gradient in a column of the table, with so many decimals."""
    if not math.isfinite(value):
        return "not finite"
    return "0" if value == 0 else f"{value:.{digits}e}"


def telling_digits(gate: GateResult) -> int:
    """Decimals of the worst entry's mantissas that show how they differ: from 3 to what is known of them."""
    a, r = gate.worst.analytic, gate.worst.reference
    known = _digits(gate.worst.uncertainty, r)
    if not (math.isfinite(a) and math.isfinite(r)) or a == r:
        return min(3, known)
    return min(known, max(3, math.ceil(math.log10(max(abs(a), abs(r)) / abs(a - r))) + 2))


def _short(value: float) -> str:
    if not math.isfinite(value):
        return "?"
    return "0" if value == 0 else f"{value:.1e}"


def worst(report: Report) -> str:
    """The worst entry of all, in words."""
    gate = report.worst
    if gate.directions:
        return f"Worst: {gate.label}: {_within(gate)}, tolerance {_short(gate.tolerance)}."
    entry = gate.worst
    place = f"{gate.where} of {gate.info.name}"
    if not (math.isfinite(entry.analytic) and math.isfinite(entry.reference)):
        return f"Worst: {place}: analytic {entry.analytic}, reference {entry.reference}: not finite."
    digits = telling_digits(gate)
    numbers = (
        f"analytic {gradient(entry.analytic, digits)}, reference {gradient(entry.reference, digits)}"
        f" ± {_short(entry.uncertainty)} ({_how(gate)})"
    )
    if gate.scale == 0:
        but = _unless_zero(entry.analytic)
        return f"Worst: {place}: {numbers}; the loss does not depend on {gate.label}{but}."
    share = f"off by {_short(gate.rel_error)} of {scale_of(gate)} {_scale(gate):.2e}"
    return f"Worst: {place}: {numbers}; {share}, tolerance {_short(gate.tolerance)}."


def _within(gate: GateResult) -> str:
    """What directions say of a gate."""
    return (
        f"every entry within {_short(gate.rel_error)} of the gate's scale {gate.scale:.2e}, except with"
        f" probability {gate.miss_probability:.0e} ({gate.directions} random directions)"
    )


def _unless_zero(analytic: float) -> str:
    return ", and its gradient is not zero" if analytic else ""


def scale_of(gate: GateResult) -> str:
    """What errors are relative to: `the gate's scale`, of an entry of x or a state perhaps its part's."""
    part = SCALES_OF_PARTS.get(gate.info.block)
    whole = gate.directions or abs(_scale(gate) - gate.scale) <= 1e-3 * gate.scale
    return "the gate's scale" if part is None or whole else part


SCALES_OF_PARTS = {"x": "its step's scale", "h0": "its cell's scale", "c0": "its cell's scale"}


def _scale(gate: GateResult) -> float:
    """What the worst entry's error is relative to."""
    off = abs(gate.worst.analytic - gate.worst.reference)
    return off / gate.rel_error if gate.rel_error else gate.scale


def _digits(uncertainty: float, value: float) -> int:
    """Decimals of a mantissa that are known, one to spare."""
    if not (uncertainty > 0 and value and math.isfinite(uncertainty)):
        return 12
    return min(15, max(3, math.ceil(math.log10(abs(value) / uncertainty)) + 1))


def _how(gate: GateResult) -> str:
    used = [HOW[name] for name, count in gate.methods.items() if count]
    return " and ".join(used)


def remedy(report: Report) -> str | None:
    """What would settle a verdict that is not a pass; None for a pass."""
    if report.gradient == Verdict.PASS:
        return None
    if report.gradient == Verdict.FAIL:
        failing = [gate for gate in report.blocks if gate.verdict == Verdict.FAIL]
        what = f"{len(failing)} of {len(report.blocks)} gates disagree: {by_array(failing)}."
        if not math.isfinite(report.worst.worst.analytic):
            return f"{what} What is not finite is no gradient."
        return f"{what} The uncertainty does not explain it: the backward pass is wrong there."
    gate = report.worst
    if gate.imprecise:
        return f"Imprecise: {gate.label} has lost digits beyond rounding, but no formula looks wrong."
    if report.overflow:
        remedy = "A smaller lstm.init_scale keeps them in range."
        return f"Undecided: the numbers overflow, first in {report.overflow}. {remedy}"
    return f"Undecided: {gate.label} within {_short(gate.rel_error + gate.uncertainty)}. {_settle(report)}"


def by_array(gates: Sequence[GateResult]) -> str:
    """`W_l0 (i f), x`: the gates by array."""
    letters: dict[str, list[str]] = {}
    for gate in gates:
        letters.setdefault(gate.info.name, []).extend(gate.gate or "")
    return ", ".join(f"{name} ({' '.join(each)})" if each else name for name, each in letters.items())


def _settle(report: Report) -> str:
    gate = report.worst
    if gate.unmeasurable == gate.entries:
        return (
            f"Every entry of {gate.label} lies on a kink of an activation."
            " Another --seed, biases, or initial states that are not zero move it off."
        )
    codes = {note.code for note in gate.notes}
    if codes & {"unbounded", "spread"}:
        return "--set check.method=entries measures every entry."
    if codes & {"illegible", "chaotic"}:
        return "The network is chaotic: a smaller lstm.init_scale or sequence.length makes it legible."
    if "contradicted" in codes:
        return (
            "Write the forward pass without abs, norm, casts or buffers of real numbers:"
            " they drop the imaginary part of a complex number."
        )
    check = report.config.check
    if check.step != "auto":
        return "The configured step is unsuitable: --set check.step=auto chooses one from the noise."
    if "unresolved" in codes:
        return "A loss on every output (loss.on) or a shorter sequence makes that gradient larger."
    needed = gate.smallest_detectable_error
    return f"The noise decides: --set check.rtol={needed:.0e} is what this reference can tell."


def summary(report: Report, name: str | None = None, *, faint: bool = False) -> Summary:
    """The verdict, what it rests on, and the counts, on one line."""
    return Summary(report.verdict, outcome(report), name, faint)


def headline(report: Report) -> str:
    """What it comes down to: the names of the mistakes, or what does not pass, or that all does."""
    if named := diagnosis.mistakes(report):
        return named
    if report.verdict != Verdict.PASS:
        return "; ".join(reasons(report))
    agree = f"all {len(report.blocks)} gates agree" if len(report.blocks) > 1 else "the gate agrees"
    return f"{agree} with what was measured"


def outcome(report: Report) -> str:
    """What did not pass, whatever it was, and the counts: what stands behind the verdict."""
    return "; ".join([*reasons(report), counts(report)])


def reasons(report: Report) -> Iterator[str]:
    """What did not pass, each in a few words."""
    for name, given in report.answers.items():
        if given != Verdict.PASS:
            aside = "" if given == report.verdict else f" ({given})"
            yield f"{name}{aside}: {_reason(name, report)}"


def _reason(name: str, report: Report) -> str:
    if name == "gradient":
        open_gates = [gate for gate in report.blocks if gate.verdict == report.gradient]
        what = "disagree" if report.gradient == Verdict.FAIL else "are undecided"
        return f"{len(open_gates)} of {len(report.blocks)} gates {what}"
    return coverage.brief(report) if name == "coverage" else answers.brief(name, report)


def counts(report: Report) -> str:
    """Counts, smallest detectable error, seed, evaluations, seconds."""
    results = [f"{report.count('passed'):,} passed", f"{report.count('failed'):,} failed"]
    results.append(f"{report.count('inconclusive'):,} inconclusive")
    if unmeasurable := report.count("unmeasurable"):
        results.append(f"{unmeasurable:,} on a kink")
    if unresolved := report.count("passed") + report.count("failed") - report.count("resolved"):
        results.append(f"{unresolved:,} too small to be told from zero")
    return " · ".join(
        [
            f"{_entries(report)}, " + ", ".join(results),
            *_bounds(report),
            f"smallest detectable error {_short(report.smallest_detectable_error)} of a gate's scale",
            f"seed {report.config.seed}",
            f"{report.method.evaluations:,} evaluations",
            f"{report.seconds:.2f} s",
        ]
    )


def _bounds(report: Report) -> Iterator[str]:
    """What directions say of the gates that they were asked about."""
    wholes = [gate for gate in report.blocks if gate.directions]
    if wholes:
        largest = max(gate.rel_error for gate in wholes)
        yield (
            f"{len(wholes)} of {len(report.blocks)} gates as wholes: every entry within {_short(largest)} of"
            f" its gate's scale, except with probability {report.config.check.miss_probability:.0e}"
        )


def _entries(report: Report) -> str:
    """`360 entries`, or `27 entries of 7,585,792` where some of each gate were checked."""
    of_all = "" if report.entries == report.total else f" of {report.total:,}"
    return f"{report.entries:,} entries{of_all}"


def details(report: Report) -> Iterator[str]:
    """What a curious reader asks next: how the references were measured, and what was left out."""
    method = report.method
    used = ", ".join(f"{count:,} by {HOW[name]}" for name, count in method.entries.items() if count)
    step = f", median step {method.step:.1e}" if method.step else ""
    yield f"References: {used}{step}; noise of the loss {method.noise:.1e}."
    if (left_out := report.not_covered) and not report.target:
        yield f"Not covered: {', '.join(left_out)}."


def total(ran: Sequence[Ran]) -> str:
    """`3 configurations: 1 passed, 1 failed, 1 could not be run`."""
    counts = Counter(None if isinstance(each, NotRun) else each.verdict.value for each in ran)
    parts = [f"{counts[verdict]} {words}" for verdict, words in TOTALS.items() if counts[verdict]]
    return f"{len(ran)} configurations: {', '.join(parts)}"
