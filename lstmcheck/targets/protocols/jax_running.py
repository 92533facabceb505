"""How a jax function and its gradients are run: compiled where that is possible, in its own precision."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.precision import Precision
from lstmcheck.lstm.types import Arrays, Numbers
from lstmcheck.targets.protocols.adapter import Function
from lstmcheck.targets.running.calling import place_of

Upstreams = tuple[Numbers, ...]


class JaxRunner:
    """One function on one device. `note` is told what there is to know of how it runs."""

    def __init__(
        self, function: Function, precision: Precision, device: str, note: Callable[[str], None]
    ) -> None:
        """Raises LstmcheckError without jax, or without the device."""
        jax = import_jax()
        self.function, self.precision, self.note = function, precision, note
        self.compiled = True
        """Until a call shows that it cannot be."""
        self._device = _device(device)
        self._jit, self.jit_vjp = jax.jit(function), jax.jit(self.vjp)

    def run(self, *given: Any, **lengths: Any) -> Any:
        """Compiled; or as it stands, where that is not possible."""
        import jax

        with self.settings():
            if not self.compiled:
                return self._uncompiled(given, lengths)
            try:
                return jax.block_until_ready(self._jit(*given, **lengths))
            except _needs_numbers() as error:
                result = self._uncompiled(given, lengths)
                self.compiled = False
                place, _ = place_of(self.function, error)
                self.note(
                    f"it cannot be compiled ({place}): it runs operation by operation, which takes long"
                )
                return result

    def _uncompiled(self, given: tuple[Any, ...], lengths: Arrays) -> Any:
        """Loops too: jax would compile each of them anew in every call. The arrays are its own to donate."""
        import jax

        given, lengths = jax.tree.map(jax.numpy.asarray, (given, lengths))
        with jax.disable_jit():
            return jax.block_until_ready(self.function(*given, **lengths))

    def run_vjp(self, *asked: Any) -> Any:
        """As `vjp`."""
        import jax

        with self.settings(), jax.disable_jit(not self.compiled):
            return jax.block_until_ready(self.jit_vjp(*asked))

    def vjp(self, given: tuple[Any, ...], lengths: Arrays, upstreams: Upstreams) -> Any:
        """Outputs, and the gradients of the arguments by place."""
        import jax

        given, lengths = jax.tree.map(jax.numpy.asarray, (given, lengths))
        outputs, pull = jax.vjp(lambda *own: self.function(*own, **lengths), *given)
        leaves, structure = jax.tree.flatten(outputs)
        # An output of less precision takes no more of its upstream.
        lowered = [jax.numpy.asarray(d, q.dtype) for d, q in zip(upstreams, leaves, strict=True)]
        return outputs, pull(jax.tree.unflatten(structure, lowered))

    def anew(self) -> Any:
        """Compiled once more: what was traced before is not known any more."""
        return import_jax().jit(lambda *given, **lengths: self.function(*given, **lengths))

    @contextmanager
    def settings(self) -> Iterator[None]:
        """Precision and device: those of the process stay as they are, where that is the caller's own."""
        import jax

        with ExitStack() as stack:
            stack.enter_context(jax.enable_x64(not self.precision.is_low))
            stack.enter_context(jax.default_device(self._device))
            yield


def import_jax() -> Any:
    """jax itself. Raises LstmcheckError where it is not installed."""
    try:
        import jax
    except ImportError:
        raise LstmcheckError(
            "protocol jax needs JAX.",
            where="target.protocol",
            remedy="Install it: pip install 'lstmcheck[jax]'",
        ) from None
    return jax


def _needs_numbers() -> tuple[type[Exception], ...]:
    """What a function raises that can be run, and not compiled: it asks for numbers while it is traced."""
    from jax import errors

    return (
        errors.ConcretizationTypeError,
        errors.TracerArrayConversionError,
        errors.TracerIntegerConversionError,
        errors.NonConcreteBooleanIndexError,
    )


def _device(name: str) -> Any:
    kind, _, number = name.partition(":")
    try:
        return import_jax().devices("gpu" if kind == "cuda" else kind)[int(number or 0)]
    except (RuntimeError, ValueError, IndexError) as error:
        reason = str(error).partition("\n")[0]
        what = f"jax cannot use device {name}: {reason.rstrip('.')}."
        raise LstmcheckError(what, where="target.device", remedy="cpu is everywhere.") from None
