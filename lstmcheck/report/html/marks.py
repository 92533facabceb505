"""The sign of each verdict, beside its colour."""

from lstmcheck.judge.verdict import Verdict

MARKS = {Verdict.PASS: "✓", Verdict.FAIL: "✗", Verdict.INCONCLUSIVE: "?"}
