"""jax: forward(params, x, h0, c0) -> y, h_T, c_T, a pure function; with lengths= where there are any.

The analytic side is jax.vjp, custom rules of the function included. It is compiled once by jax.jit.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import partial, wraps
from typing import Any

import numpy as np

from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.precision import PRECISIONS
from lstmcheck.lstm.types import Arrays, Numbers
from lstmcheck.targets import returned
from lstmcheck.targets.protocols.adapter import Adapter, Function, Pass, Returned
from lstmcheck.targets.protocols.jax_finite import first_not_finite
from lstmcheck.targets.protocols.jax_running import JaxRunner, Upstreams, import_jax
from lstmcheck.targets.protocols.jax_trace import Trace, is_traced_alike, read_trace, zero_gradients
from lstmcheck.targets.running.calling import definition, name_of

ONE_THREAD = "--xla_cpu_multi_thread_eigen=false"
"""Of XLA, as of BLAS elsewhere. Its pool stays as it is: a callback in a single thread waits for itself."""
NAMES = ("y", "h_T", "c_T")
INPUTS = ("x", "h0", "c0")
SEARCHED = 8
"""Steps in which the first number that is not finite is looked for."""
SIDE_EFFECT = (
    "forward gives other outputs each time that it is traced: it has a side effect in Python, or reads what"
    " changes; once compiled it keeps what it met"
)


class Jax(Adapter):
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._function = self.functions[0]
        self._seen_gradients = False
        self._trace: Trace | None = None
        self._notes: dict[str, None] = {}
        self._problems: dict[str, None] = {}

    @classmethod
    def start(cls, dtype: str, device: str) -> None:
        """64 bits before the target makes its first array, and one thread."""
        flags = os.environ.get("XLA_FLAGS", "")
        if ONE_THREAD.partition("=")[0] not in flags:
            os.environ["XLA_FLAGS"] = f"{flags} {ONE_THREAD}".lstrip()
        try:
            import jax
        except ImportError:  # which is told when it is used
            return
        jax.config.update("jax_enable_x64", dtype == "float64")
        jax.config.update("jax_cpu_enable_async_dispatch", False)
        if device == "cpu":
            jax.config.update("jax_platforms", "cpu")

    def prepare(self) -> None:
        """It is compiled when it is first called."""
        self._runner = JaxRunner(self._function, self.precision, self.device, self._note)

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(self._notes)

    def forward(self, arrays: Arrays) -> Pass:
        ran = self.evaluate(arrays)
        if self._trace is None:
            self._trace = self._looked_at(ran.cache)
        return ran

    def evaluate(self, arrays: Arrays) -> Pass:
        given = self._given(arrays)
        result = self.call(self._as_theirs(self._runner.run), *given, **self.lengths(arrays))
        return self._pass(result, given[1].shape[:2], (given, self.lengths(arrays)))

    def backward(self, upstream: Outputs, ran: Pass) -> Returned:
        given, lengths = ran.cache
        asked = given, lengths, self.upstreams(upstream)
        try:
            outputs, gradients = self.call(self._as_theirs(self._runner.run_vjp, "run_autograd"), *asked)
        except LstmcheckError as error:
            raise self._at_its_rule(error) from None
        self._compare(ran, self._pass(outputs, upstream.y.shape[:2], None))
        parameters, *inputs = gradients
        found = self.checked_parameters(self._function, {n: np.asarray(a) for n, a in parameters.items()})
        states = {name: np.asarray(array) for name, array in zip(INPUTS, inputs, strict=True)}
        self._look_at_gradients({**found, **states}, asked)
        ours = self.ours(found)
        self.add_inputs(ours, states)
        return replace(ours, problems=tuple(self._problems))

    # What runs in the target.

    def _as_theirs(self, run: Function, name: str | None = None) -> Function:
        """So that what it raises is told of their function."""

        def call(*arguments: Any, **named: Any) -> Any:
            try:
                return run(*arguments, **named)
            except import_jax().errors.JAXTypeError as error:
                error.args = (str(error).partition("\nThe error occurred")[0].partition("\nSee http")[0],)
                raise

        wrapped: Function = wraps(self._function)(call)
        wrapped.__name__ = name or name_of(self._function)
        return wrapped

    # What it is given, and what it returns.

    def _given(self, arrays: Arrays) -> tuple[Any, ...]:
        if self.precision.is_low and any(map(np.iscomplexobj, arrays.values())):
            raise LstmcheckError("there are no complex numbers of 32 bits to step by.", where="target.dtype")
        return self.parameters(arrays), self.copied(arrays["x"]), *self.states(arrays["h0"], arrays["c0"])

    def _pass(self, result: Any, sizes: tuple[int, ...], cache: Any) -> Pass:
        found = returned.several(self._function, result, NAMES)
        y, h, c = (
            returned.array(self._function, name, self._numbers(name, value), *shape)
            for name, value, shape in zip(NAMES, found, self.shapes(*sizes).values(), strict=True)
        )
        return self.ran(y, h, c, cache)

    def _numbers(self, name: str, value: Any) -> Any:
        """As an array of numpy, whose precisions are the ones that are judged."""
        found = None if value is None else np.asarray(value)
        if found is not None and found.dtype.kind == "V" and found.dtype.name not in PRECISIONS:
            what = f"returned {name} in {found.dtype}; wanted one of {', '.join(PRECISIONS)}."
            raise returned.fault(self._function, what, "Have it computed in one of these.")
        return found

    # What there is to know of it.

    def _note(self, what: str) -> None:
        self._notes[what] = None

    def _looked_at(self, cache: Any) -> Trace:
        """Once: what its trace shows, and whether another one is the same."""
        if not self._runner.compiled:
            return Trace()
        given, lengths = cache
        with self._runner.settings():
            one, two = (self._runner.anew().trace(*given, **lengths).jaxpr for _ in range(2))
            if not is_traced_alike(one, two) and self._gives_other_outputs(given, lengths):
                self._problems[SIDE_EFFECT] = None
        found = read_trace(one.jaxpr, definition(self._function)[0])
        for note in found.notes:
            self._note(note)
        return found

    def _gives_other_outputs(self, given: tuple[Any, ...], lengths: Arrays) -> bool:
        import jax

        one, two = (jax.tree.leaves(self._runner.anew()(*given, **lengths)) for _ in range(2))
        return not all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, two, strict=True))

    def _at_its_rule(self, error: LstmcheckError) -> LstmcheckError:
        """Of a rule of its own whose gradients do not fit: told where that rule is, not where it is used."""
        first, *others = error.problems
        rule = self._trace.rules.get(first.where or "") if self._trace else None
        if rule is None:
            return error
        place, excerpt = definition(rule)
        return type(error)([replace(first, where=place, excerpt=excerpt), *others])

    def _compare(self, ran: Pass, differentiated: Pass) -> None:
        """A rule of its own may return other outputs than the function that it belongs to."""
        assert ran.outputs is not None
        assert differentiated.outputs is not None
        eps = max(ran.precision.eps, self._trace.eps if self._trace else 0.0)
        pairs = zip(NAMES, ran.outputs, differentiated.outputs, strict=True)
        apart = {name: float(np.abs(a - b).max() / max(1.0, np.abs(a).max())) for name, a, b in pairs}
        # Two programs for one formula agree in more than half of the digits.
        others = {name: error for name, error in apart.items() if error > eps**0.5}
        if others:
            worst = max(others.values())
            what = f"forward gives other outputs when it is differentiated: {', '.join(others)}"
            self._problems[f"{what} (by up to {worst:.1e})"] = None

    def _look_at_gradients(self, found: Mapping[str, Numbers], asked: tuple[Any, ...]) -> None:
        """Notes of those that are not finite, and of those that nothing flows back to: of the first call, as
        later ones may be asked of numbers that are not finite themselves."""
        if self._seen_gradients:
            return
        self._seen_gradients = True
        broken = [name for name, array in found.items() if not np.isfinite(array).all()]
        if broken:
            place = self.call(self._first_not_finite, *asked)
            where = f"; the first comes from {place}" if place else ""
            self._note(f"gradients that are not finite: {', '.join(broken)}{where}")
        if self._runner.compiled and any(not array.any() for array in found.values()):
            self._note_zeros(asked)

    def _first_not_finite(self, given: tuple[Any, ...], lengths: Arrays, upstreams: Upstreams) -> str | None:
        """The place, looked for in the first steps: that takes long."""
        (parameters, x, *states), (d_y, *d_states) = given, upstreams
        first = parameters, x[:SEARCHED], *states
        shorter = {name: np.minimum(array, len(first[1])) for name, array in lengths.items()}
        with self._runner.settings():
            run = partial(self._runner.vjp, first, shorter, (d_y[:SEARCHED], *d_states))
            return first_not_finite(run, self._function)

    def _note_zeros(self, asked: tuple[Any, ...]) -> None:
        import jax

        names = [*jax.tree.leaves({name: name for name in asked[0][0]}), *INPUTS]
        with self._runner.settings():
            zeros = zero_gradients(self._runner.jit_vjp.trace(*asked).jaxpr.jaxpr, names)
        if zeros:
            rules = [definition(rule)[0] for rule in (self._trace.rules.values() if self._trace else ())]
            by = f" (its rules: {', '.join(rules)})" if rules else ""
            self._note(f"nothing flows back to {', '.join(zeros)}: not read, stopped, or None in a rule{by}")
