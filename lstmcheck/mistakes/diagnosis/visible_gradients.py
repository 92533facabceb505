"""What can be seen of a target: the gradients that it returns, the upstreams that it takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from lstmcheck.judge.results import Report
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import Flags


@dataclass(frozen=True)
class TargetView:
    """Of one target, whatever the sizes."""

    returned: frozenset[str]
    """Arrays whose gradient comes back."""
    missing: frozenset[str]
    """Gates of them that do not: `W_l0_f`."""
    upstreams: str
    """Letters of the outputs whose gradient the backward pass takes."""
    zero_states: tuple[str, ...]
    """Initial states that are always zero."""

    @classmethod
    def of(cls, report: Report) -> TargetView | None:
        """None where our own network was checked, which leaves nothing out."""
        if report.target is None:
            return None
        assert report.config.target is not None
        can = report.config.target.capabilities
        returned = frozenset(report.values.analytic)
        missing = frozenset(report.not_covered) - {info.name for info in report.case.infos}
        return cls(returned, missing, can.upstreams, can.zero_states)

    def restricted(self, case: Case) -> Case:
        """The case as the target can be asked about it."""
        arrays = dict(case.arrays)
        for name in self.zero_states:
            arrays[name] = np.zeros_like(arrays[name])
        targets = {part: each for part, each in case.loss.targets.items() if part in self.upstreams}
        return replace(case, arrays=arrays, loss=replace(case.loss, targets=targets))

    def flags(self, info: ArrayInfo) -> Flags:
        """Which entries of an array come back, in its shape."""
        rows = [info.name in self.returned and not self._is_missing(info, k) for k in range(info.rows)]
        return np.repeat(rows, info.size // info.rows).reshape(info.shape)

    def _is_missing(self, info: ArrayInfo, row: int) -> bool:
        return info.label(row) in self.missing

    def widened(self, case: Case) -> Iterator[tuple[str, TargetView]]:
        """What the target could do more, in words: one thing at a time, then all of it."""
        arrays = [info.name for info in case.infos if info.name not in self.returned]
        gates = sorted(label for label in self.missing if not label.startswith("d_"))
        letters = sorted(set(case.loss.targets) - set(self.upstreams))
        for name in arrays:
            yield f"returning the gradient of {name}", replace(self, returned=self.returned | {name})
        for label in gates:
            yield f"returning the gradient of {label}", replace(self, missing=self.missing - {label})
        for letter in letters:
            yield f"taking d_{letter}", replace(self, upstreams=self.upstreams + letter)
        names = arrays + gates
        phrases = [f"returning the gradient{'s'[: len(names) > 1]} of {', '.join(names)}"] if names else []
        phrases += [f"taking {', '.join(f'd_{letter}' for letter in letters)}"] if letters else []
        everything = TargetView(
            self.returned | set(arrays), frozenset(), self.upstreams + "".join(letters), self.zero_states
        )
        if len(names + letters) > 1:
            yield " and ".join(phrases), everything
