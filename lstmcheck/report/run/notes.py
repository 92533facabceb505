"""The words of a gate's notes."""

from __future__ import annotations

from lstmcheck.judge.results import GateResult, Note, NoteCode

WORDS: dict[NoteCode, str] = {
    "zero": "the gradient is exactly zero in both",
    "overflow": "the numbers overflow: {count} of {entries} entries have no finite gradient",
    "illegible": "rounding errors grow so much that no digit of this gradient is certain",
    "few digits": "rounding to sixteen bits may take a quarter of it, which leaves too little to compare",
    "imprecise": "imprecise: off by more than rounding explains, by less than a wrong formula would",
    "low sums": "imprecise: off by more than sixteen bits explain where sums over the steps have more, by no"
    " more than where they have not",
    "rounding": "rounding takes more of it than rtol allows: agreement is judged by that",
    "contradicted": "complex steps contradict differences in {count} of {entries} entries: an operation drops"
    " the imaginary part (abs, norm, a cast to float, a buffer of real numbers), or is not smooth",
    "rough": "differences at finer steps find something else in {count} of {entries} entries: the loss is not"
    " smooth there",
    "chaotic": "the loss changes wildly within the smallest steps: its differences prove nothing",
    "unresolved": "its gradient is smaller than what this reference can tell: zeros would pass, too",
    "on a kink": "{count} of {entries} entries lie on a kink and have no derivative",
    "beside a kink": "{count} of {entries} entries lie on a kink: measured on one side of it",
    "no effect": "in coupled cells the forget rows have no effect: their gradient is zero",
    "unbounded": "noise leaves no bound below the tolerance: check.method=entries measures one by one",
    "spread": "the gate as a whole is off along random directions, and no entry that was measured is by"
    " itself: check.method=entries measures all",
}


def describe(gate: GateResult) -> str | None:
    """All notes of a gate in one sentence; None where there are none."""
    return "; ".join(_describe_note(note, gate) for note in gate.notes) or None


def _describe_note(note: Note, gate: GateResult) -> str:
    # Of a whole gate a few entries were measured by themselves: how many of all are alike is not known.
    count = "some" if gate.directions else note.count
    return WORDS[note.code].format(count=count, entries=gate.entries)
