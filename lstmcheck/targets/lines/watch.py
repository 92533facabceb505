"""Where a target's functions part from the derivation: run where the target runs, on small arrays."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Callable, Sequence
from typing import Any, cast

from lstmcheck.conventions.network_layout import NetworkLayout
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.wrong_line import ChangedLine, WrongLine
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.loss import Loss
from lstmcheck.lstm.types import Arrays
from lstmcheck.protocol_capabilities import PROTOCOLS
from lstmcheck.targets.lines.alternatives import Alternatives
from lstmcheck.targets.lines.chain import Chains
from lstmcheck.targets.lines.corrections import Correction, shown
from lstmcheck.targets.lines.own_loss import upstream_of
from lstmcheck.targets.lines.places import HOOK, Places
from lstmcheck.targets.lines.quantities import Known, backward_quantities, forward_quantities
from lstmcheck.targets.lines.recording import Recorder
from lstmcheck.targets.lines.right_results import right_gradients, right_outputs
from lstmcheck.targets.lines.search import Search
from lstmcheck.targets.lines.settling import Settling
from lstmcheck.targets.lines.trials import Trials
from lstmcheck.targets.lines.twins import Twins
from lstmcheck.targets.lines.vocabulary import Vocabulary
from lstmcheck.targets.lines.watched_run import Probe, Runs, result_of
from lstmcheck.targets.lines.words import told
from lstmcheck.targets.protocols import Adapter, adapter_of
from lstmcheck.targets.protocols.adapter import Function
from lstmcheck.targets.running.calling import Caller, short

CELL = (0, False)


class WatchedTarget:
    """The functions of one target, and the pass over small arrays in which they are judged."""

    def __init__(
        self, protocol: str, functions: Sequence[Function], call: Caller, layout: NetworkLayout
    ) -> None:
        self.protocol, self.functions, self.call, self.layout = protocol, functions, call, layout

    def wrong_lines(self, arrays: Arrays, upstream: Outputs, is_backward: bool) -> tuple[WrongLine, ...]:
        """In the order in which they are run. Raises NoSourceError where there is nothing to watch."""
        known, right = self._right(arrays, upstream, is_backward)
        probe, vocabulary = Probe(arrays, upstream, is_backward, right), Vocabulary(known)
        places = Places()
        recorder = Recorder(places)
        instrumented = self._changed(places.instrument, {HOOK: recorder})
        runs = Runs(lambda: self._result(instrumented, probe, recorder), recorder, right, vocabulary)
        if runs.seen({}) is None:
            raise LstmcheckError("it cannot be run over these arrays.")
        search, trials = (
            Search(runs, vocabulary),
            Trials(lambda change: self._result(self._changed(change, {}), probe), right),
        )
        wrong = search.found()
        chains = Chains(runs, search.repairs)
        settled = Settling(runs, trials, chains, is_all=not search.left).settled(wrong)
        alternatives = Alternatives(runs, trials, chains)
        lines = []
        for found, correction in settled.changes.items():
            others = [each for each in settled.changes.values() if each is not correction]
            also = alternatives.of(found, correction, others)
            lines.append(_line(correction, also, settled.settles, vocabulary, is_backward))
        return tuple(sorted(lines, key=lambda line: (line.file, line.line, line.column)))

    def _right(self, arrays: Arrays, upstream: Outputs, is_backward: bool) -> tuple[Known, Any]:
        cell = self.layout.cells[CELL]
        case = Case(self.layout.spec, arrays, Loss("projection", {}))
        if is_backward:
            if PROTOCOLS[self.protocol].own_loss:
                upstream = upstream_of(case, self._loss)
            known = backward_quantities(case, cell, upstream)
            return known, right_gradients(self.protocol, known.gradients, cell)
        known = forward_quantities(case, cell)
        assert known.outputs is not None
        return known, right_outputs(self.protocol, known.outputs)

    def _loss(self, arrays: Arrays) -> complex:
        adapter = self._adapter(self.functions, self.call)
        adapter.prepare()
        return complex(adapter.evaluate(arrays).loss)

    def _changed(
        self, change: Callable[[ast.Module, str], ast.Module], hooks: dict[str, Any]
    ) -> list[Function]:
        twins = Twins(change, hooks)
        return [twins.function(each) for each in self.functions]

    def _result(self, functions: Sequence[Function], probe: Probe, recorder: Recorder | None = None) -> Any:
        return result_of(self._adapter, functions, self.call, probe, recorder)

    def _adapter(self, functions: Sequence[Function], call: Caller) -> Adapter:
        return adapter_of(self.protocol)(functions, call, self.layout)


def _line(
    correction: Correction,
    alternatives: Sequence[Correction],
    settles: bool,
    vocabulary: Vocabulary,
    is_backward: bool,
) -> WrongLine:
    computes, belongs = told(correction.event.content, correction.need, vocabulary)
    return WrongLine(
        **_changed_line(correction),
        computes=computes,
        belongs=belongs,
        settles=settles,
        part="backward" if is_backward else "forward",
        alternatives=tuple(ChangedLine(**_changed_line(each)) for each in alternatives),
    )


def _changed_line(correction: Correction) -> dict[str, Any]:
    """The attributes of a ChangedLine."""
    node = cast(Any, correction.place.node)
    lines = linecache.getlines(correction.place.source)
    source = lines[node.lineno - 1].rstrip("\n")
    goes_on = node.end_lineno > node.lineno
    return {
        "file": short(correction.place.source),
        "line": node.lineno,
        "column": _characters(source, node.col_offset) + 1,
        "end_column": (len(source) if goes_on else _characters(source, node.end_col_offset)) + 1,
        "source": source,
        "suggestion": shown(correction, lines),
    }


def _characters(line: str, offset: int) -> int:
    """How many there are in so many bytes of a line."""
    return len(line.encode()[:offset].decode())
