"""A target's functions where they run, in this process or in one of their own: loaded, called, watched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from lstmcheck.conventions.network_layout import NetworkLayout
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.wrong_line import WrongLine
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.spec import Bias
from lstmcheck.lstm.types import Arrays, Indices, Numbers
from lstmcheck.protocol_capabilities import PROTOCOLS
from lstmcheck.targets.loading.modules import find_functions
from lstmcheck.targets.protocols import Adapter, Pass, Returned, adapter_of
from lstmcheck.targets.protocols.adapter import Function
from lstmcheck.targets.running.argument_changes import Watch
from lstmcheck.targets.running.call_settings import TargetSettings
from lstmcheck.targets.running.calling import Caller, complex_or_nothing, definition
from lstmcheck.targets.running.same_seeds import same_seeds


@dataclass(frozen=True)
class Loaded:
    """What a target decides itself, and where: the number of biases, or None."""

    bias: Bias | None
    place: str
    module: str


class TargetFunctions:
    """Functions behind the adapter of their protocol. Caches stay here."""

    def __init__(
        self, settings: TargetSettings, call: Caller, functions: Sequence[Function] | None = None
    ) -> None:
        self.settings, self.call = settings, call
        self._capabilities, self._adapter_class = PROTOCOLS[settings.protocol], adapter_of(settings.protocol)
        self._functions = functions
        self._adapter: Adapter | None = None
        self._watch = Watch(call)

    def load(self) -> Loaded:
        """Import it and find its functions. Raises LstmcheckError where that is not possible."""
        if self._functions is None:
            self._functions = self._adapter_class.functions_of(self.settings)
        if self._functions is None:
            self._functions = find_functions(self.settings, self._capabilities.functions, self.call)
        first = self._functions[0]
        spec, options = self.settings.spec, self.settings.options
        bias = self._adapter_class.bias_of(self._functions, self.call, spec, options)
        return Loaded(bias, definition(first)[0], str(getattr(first, "__module__", "the target")))

    def prepare(self, layout: NetworkLayout) -> None:
        """Make ready for arrays of a layout. Raises LstmcheckError for a target that cannot take them."""
        assert self._functions is not None
        adapter = self._adapter_class(
            self._functions,
            self.call,
            layout,
            self.settings.dtype,
            self.settings.device,
            self.settings.options,
        )
        adapter.prepare()
        self._adapter = adapter

    @property
    def adapter(self) -> Adapter:
        assert self._adapter is not None
        return self._adapter

    def forward(self, arrays: Arrays, *, watched: bool = False) -> Pass:
        """A forward pass; a `watched` one says what its functions did to their arguments."""
        if not watched:
            return self.adapter.forward(arrays)
        self._watch = Watch(self.call)
        with self._watching():
            ran = self.adapter.forward(arrays)
        return replace(ran, observed=self._watch.observed)

    def backward(self, upstream: Outputs, ran: Pass, *, watched: bool = False) -> Returned:
        """The backward pass of one forward pass; `watched` goes on where that of the forward pass ended."""
        if not watched:
            return self.adapter.backward(upstream, ran)
        with self._watching():
            found = self.adapter.backward(upstream, ran)
        return replace(found, observed=self._watch.observed)

    def wrong_lines(
        self, layout: NetworkLayout, arrays: Arrays, upstream: Outputs, is_backward: bool
    ) -> tuple[WrongLine, ...]:
        """Of the backward or of the forward pass, over arrays of a layout of a single cell; none where there
        is no source."""
        # Only for a target that fails.
        from lstmcheck.targets.lines.watch import WatchedTarget

        assert self._functions is not None
        watched = WatchedTarget(self.settings.protocol, self._functions, self.call, layout)
        with self.call.session():
            return watched.wrong_lines(arrays, upstream, is_backward)

    @contextmanager
    def _watching(self) -> Iterator[None]:
        self.adapter.call = self._watch
        try:
            yield
        finally:
            self.adapter.call = self.call

    def evaluate(self, arrays: Arrays) -> Pass:
        """A forward pass that no backward pass follows. Complex arrays must stay so, or it raises."""
        with self.call.session():
            return self._evaluate(arrays)

    def spread(self, arrays: Arrays) -> Pass:
        """A forward pass on arrays that are not contiguous, as the upstreams after it will not be."""
        return self.adapter.spread(arrays)

    def seeded(self, arrays: Arrays) -> Pass:
        """A forward pass whose random numbers are the same each time, if they are everybody's."""
        with same_seeds():
            return self.adapter.forward(arrays)

    def moved(self, arrays: Arrays, name: str, entries: Indices, values: Numbers) -> Iterator[Pass]:
        """A forward pass for each of some `values`, put at the flat index beside it in `entries`."""
        arrays = same_kind(arrays, np.iscomplexobj(values))
        with self.call.session():
            for entry, value in zip(entries, values, strict=True):
                array = arrays[name].copy()
                array.ravel()[entry] = value
                yield self._evaluate({**arrays, name: array})

    def _evaluate(self, arrays: Arrays) -> Pass:
        if not any(map(np.iscomplexobj, arrays.values())):
            return real(self.adapter.evaluate(arrays))
        if not self._capabilities.complex_numbers:
            raise LstmcheckError(f"protocol {self.settings.protocol} takes no complex numbers.")
        with complex_or_nothing():
            return self.adapter.evaluate(same_kind(arrays, True))


def real(ran: Pass) -> Pass:
    """Without imaginary parts: a target that keeps what a complex call left gives them for real numbers,
    too."""
    outputs = ran.outputs and Outputs(*(np.real(q) for q in ran.outputs))
    return replace(ran, outputs=outputs, loss=None if ran.loss is None else np.real(ran.loss)[()])


def same_kind(arrays: Arrays, complex_numbers: bool) -> Arrays:
    """All arrays as complex numbers, or as they are: real code mixes badly what is partly so.

    Integers, the lengths of sequences, stay so.
    """
    if not complex_numbers:
        return arrays
    return {
        name: array if array.dtype.kind == "i" else array.astype(complex, copy=False)
        for name, array in arrays.items()
    }
