"""How a torch module is called, and what its results are: sequences, single steps, states of several forms.

Whatever it takes, it is one function here: x in the module's own order and the stacked states h0 (cells, B,
P) and c0 (cells, B, H) → y, and stacked h and c.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lstmcheck.lstm.spec import LstmSpec
from lstmcheck.lstm.types import Numbers
from lstmcheck.targets import returned
from lstmcheck.targets.protocols.adapter import LENGTHS, Function
from lstmcheck.targets.protocols.torch_building import Options, keywords
from lstmcheck.targets.running.calling import Caller

STATES = ("h", "c")
OTHERWISE = "target.options has batch_first, step and states for modules that are called otherwise."


def is_step(module: Any, options: Options) -> bool:
    """Whether it makes one step."""
    from torch import nn

    said = options.get("step")
    return isinstance(module, nn.LSTMCell) if said is None else bool(said)


def is_batch_first(module: Any, options: Options) -> bool:
    """Whether its x and y are (B, T, ·): as the options say, else the module, else all of its parts."""
    said = options.get("batch_first")
    if said is not None:
        return bool(said)
    parts = [each for each in module.modules() if isinstance(getattr(each, "batch_first", None), bool)]
    own = [each for each in parts if each is module] or parts
    return bool(own) and all(each.batch_first for each in own)


class Calling:
    """Calls a module, or what was compiled of it, and finds y, h and c in what it returns."""

    def __init__(self, module: Any, run: Function, spec: LstmSpec, options: Options) -> None:
        self.module, self.run, self.spec = module, run, spec
        self.form = options.get("states", "stacked")
        self.is_step = is_step(module, options)
        if self.is_step and len(spec.cells) > 1:
            what = "makes single steps of one cell; declared are several cells."
            raise returned.fault(module, what, "Set lstm.num_layers: 1 and lstm.bidirectional: false.")
        self.batch_first = not self.is_step and is_batch_first(module, options)

    def __call__(
        self, call: Caller, x: Any, h0: Any, c0: Any, lengths: Numbers | None
    ) -> tuple[Any, Any, Any]:
        """y and the last h and c, as tensors. Raises LstmcheckError for results of another form."""
        if self.is_step:
            y, h, c = self._steps(call, x, h0, c0)
        else:
            y, h, c = self._sequence(call, x, h0, c0, lengths)
        for name, value in (("y", y), ("h", h), ("c", c)):
            self._refuse_other_than_tensors(name, value)
        return y, h, c

    def _sequence(
        self, call: Caller, x: Any, h0: Any, c0: Any, lengths: Numbers | None
    ) -> tuple[Any, Any, Any]:
        given, named = self._with_lengths(x, lengths)
        states = () if self.form == "none" else (self._states(h0, c0),)
        y, h, c = self._parts(call(self.run, given, *states, **named))
        return self._unpacked(y, x), h, c

    def _parts(self, result: Any) -> tuple[Any, Any, Any]:
        """y, h and c of a result."""
        if isinstance(result, tuple | list) and len(result) == 3:
            y, h, c = result
        else:
            y, states = returned.several(self.module, result, ("y", "(h, c)"))
            h, c = self._stacked(states)
        return y, h, c

    def _with_lengths(self, x: Any, lengths: Numbers | None) -> tuple[Any, dict[str, Any]]:
        """x, and the keyword `lengths` if the module takes it; else x is packed."""
        import torch

        if lengths is None:
            return x, {}
        given = torch.from_numpy(lengths.copy())
        if LENGTHS in (keywords(self.module.forward) or ()):
            return x, {LENGTHS: given}
        pack = torch.nn.utils.rnn.pack_padded_sequence
        return pack(x, given, self.batch_first, enforce_sorted=False), {}

    def _unpacked(self, y: Any, x: Any) -> Any:
        """y as a tensor as long as x."""
        from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

        if not isinstance(y, PackedSequence):
            return y
        length = x.shape[1 if self.batch_first else 0]
        return pad_packed_sequence(y, self.batch_first, total_length=length)[0]

    def _steps(self, call: Caller, x: Any, h: Any, c: Any) -> tuple[Any, Any, Any]:
        """One call for each step: (h, c) of a step are those of the next, and h is its output."""
        import torch

        h, c = h[0], c[0]
        y = []
        for x_t in x:
            found = returned.several(self.module, call(self.run, x_t, (h, c)), STATES)
            if isinstance(found[1], tuple | list):
                found = returned.several(self.module, found[1], STATES)
            h, c = found
            self._refuse_other_than_tensors("h", h)
            y.append(h)
        return torch.stack(y), h, c

    def _refuse_other_than_tensors(self, name: str, value: Any) -> None:
        import torch

        if not isinstance(value, torch.Tensor):
            raise returned.fault(self.module, f"returned no tensor for {name}.", OTHERWISE)

    def _states(self, h: Any, c: Any) -> Any:
        """In the form that the module takes them."""
        if self.form != "separate":
            return h, c
        pairs = list(zip(h, c, strict=True))
        if len(pairs) == 1:
            return pairs[0]
        return [pairs[k : k + 2] for k in range(0, len(pairs), 2)] if self.spec.bidirectional else pairs

    def _stacked(self, states: Any) -> tuple[Any, Any]:
        """h and c of (h, c), or of a list with (h, c) of each cell."""
        import torch

        pairs = list(_pairs(states))
        if not pairs:
            h, c = returned.several(self.module, states, STATES)
            return h, c
        if len(pairs) == 1:
            return pairs[0]
        h, c = (torch.stack(list(each)) for each in zip(*pairs, strict=True))
        return h, c


def _pairs(states: Any) -> Iterator[tuple[Any, Any]]:
    """(h, c) of each cell, in order, however lists of them are nested."""
    import torch

    if not isinstance(states, list | tuple):
        return
    if len(states) == 2 and all(isinstance(each, torch.Tensor) for each in states):
        yield states[0], states[1]
        return
    for each in states:
        yield from _pairs(each)
