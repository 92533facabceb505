"""torch: build(input_size, hidden_size) -> nn.Module, called as module(x, (h0, c0)) -> y, (h, c).

The analytic side is torch's autograd: for custom autograd functions and kernels.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.gates import GATES
from lstmcheck.lstm.spec import BIAS_BLOCKS, Bias, LstmSpec
from lstmcheck.lstm.types import Arrays, Numbers
from lstmcheck.targets import returned
from lstmcheck.targets.protocols.adapter import Adapter, Function, Pass, Returned
from lstmcheck.targets.running.calling import Caller

OURS = {
    "weight_ih": "W",
    "weight_hh": "U",
    "bias_ih": "b_ih",
    "bias_hh": "b_hh",
    "bias": "b",
    "weight_hr": "R",
}
"""Names of nn.LSTM and nn.LSTMCell → the layout's, which may be used as they are, too."""

HOOKS = "its parameters have hooks, which are not called here"


class Torch(Adapter):
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._module: Any = None
        self._names: dict[str, str] = {}
        self._with_graph = True

    @classmethod
    def bias_of(cls, functions: Sequence[Function], call: Caller, spec: LstmSpec) -> Bias | None:
        return _bias_of(_parameter_names(functions[0], _built(spec, functions[0], call)))

    def prepare(self) -> None:
        """Build the module, on its device and in its precision."""
        import torch

        module = _built(self.spec, self.functions[0], self.call)
        try:
            self._module = module.to(device=self.device, dtype=getattr(torch, str(self.dtype)))
        except (RuntimeError, AssertionError) as error:
            reason = str(error).partition("\n")[0]
            what = f"torch cannot use device {self.device}: {reason}"
            raise LstmcheckError(what, where="target.device", remedy="cpu is everywhere.") from None
        names = _parameter_names(self.functions[0], self._module)
        self._names = {ours: name for name, ours in names.items()}
        parameters = dict(self._module.named_parameters())
        for name, shape in self.layout.shapes.items():
            if name not in self._names:
                what = f"built a module without {name}."
                raise returned.fault(self.functions[0], what, f"It has {', '.join(parameters)}.")
            own = self._names[name]
            returned.array(self.functions[0], own, _numpy(parameters[own]), shape)

    @property
    def optional(self) -> str:
        """What a loss does not use, autograd is not asked about: a function of its own gets zeros, or None
        where it has switched those off."""
        return "yhc"

    @property
    def notes(self) -> tuple[str, ...]:
        """Hooks of parameters stay with those that the module was built with: ours take their place."""
        hooked = [
            name
            for name, parameter in self._module.named_parameters()
            if parameter._backward_hooks or getattr(parameter, "_post_accumulate_grad_hooks", None)
        ]
        return (f"{HOOKS}: {', '.join(hooked)}",) if hooked else ()

    def forward(self, arrays: Arrays) -> Pass:
        import torch

        parameters = {name: self._tensor(array) for name, array in self.parameters(arrays).items()}
        x, h0, c0 = (self._tensor(arrays[name]) for name in ("x", "h0", "c0"))
        loaded = {self._names[name]: tensor for name, tensor in parameters.items()}
        with torch.set_grad_enabled(self._with_graph):
            result = self.call(self.run_module, loaded, x, (h0, c0))
        y, h, c = self._outputs(result)
        length, batch, _ = arrays["x"].shape
        P, H = self.spec.output_size, self.spec.hidden_size
        outputs = (
            self._numbers("y", y, (length, batch, P), "(T, B, P)"),
            self._numbers("h", h, (1, batch, P), "(1, B, P)"),
            self._numbers("c", c, (1, batch, H), "(1, B, H)"),
        )
        return self.ran(*outputs, ((y, h, c), parameters | {"x": x, "h0": h0, "c0": c0}))

    def backward(self, upstream: Outputs, ran: Pass) -> Returned:
        import torch

        outputs, inputs = ran.cache
        parts = zip(outputs, upstream, strict=True)
        pairs = [(q, self._tensor(d, leaf=False)) for q, d in parts if d is not None and q.requires_grad]
        if not pairs:
            raise returned.fault(self._module, "returned outputs that autograd knows nothing of.")

        def run_autograd() -> Any:
            return torch.autograd.grad(
                [q for q, _ in pairs],
                list(inputs.values()),
                [d for _, d in pairs],
                allow_unused=True,
                retain_graph=True,
            )

        found = {
            name: torch.zeros_like(tensor) if gradient is None else gradient
            for (name, tensor), gradient in zip(inputs.items(), self.call(run_autograd), strict=True)
        }
        arrays = {
            name: returned.array(self._module, f"the gradient of {name}", _numpy(value), tuple(value.shape))
            for name, value in found.items()
        }
        states = {name: np.array(arrays.pop(name), float) for name in ("x", "h0", "c0")}
        ours = self.ours(arrays)
        ours.arrays.update(states)
        return ours

    def evaluate(self, arrays: Arrays) -> Pass:
        self._with_graph = False
        try:
            return self.forward(arrays)
        finally:
            self._with_graph = True

    def run_module(self, parameters: dict[str, Any], x: Any, states: tuple[Any, Any]) -> Any:
        """The module with tensors of ours as its parameters: an earlier pass keeps those that it had."""
        from torch.func import functional_call

        return functional_call(self._module, parameters, (x, states))

    def _tensor(self, array: Numbers, *, leaf: bool = True) -> Any:
        import torch

        tensor = torch.from_numpy(np.ascontiguousarray(self.copied(array))).to(self.device)
        return tensor.requires_grad_(leaf)

    def _outputs(self, result: Any) -> tuple[Any, Any, Any]:
        y, states = returned.several(self._module, result, ("y", "(h, c)"))
        h, c = returned.several(self._module, states, ("h", "c"))
        return y, h, c

    def _numbers(self, name: str, value: Any, shape: tuple[int, ...], letters: str) -> Numbers:
        import torch

        if not isinstance(value, torch.Tensor):
            raise returned.fault(self._module, f"returned no tensor for {name}.")
        return returned.array(self._module, name, _numpy(value), shape, letters)


def _numpy(tensor: Any) -> Numbers:
    found: Numbers = tensor.detach().cpu().numpy()
    return found


def _built(net: LstmSpec, build: Function, call: Caller) -> Any:
    """The module of `build`, for the network's sizes."""
    try:
        import torch
    except ImportError:
        raise LstmcheckError(
            "protocol torch needs PyTorch.",
            where="target.protocol",
            remedy="Install it: pip install 'lstmcheck[torch]'",
        ) from None
    module = call(build, net.input_size, net.hidden_size)
    if not isinstance(module, torch.nn.Module):
        raise returned.fault(build, f"returned a {type(module).__name__}; wanted a torch.nn.Module.")
    return module


def _parameter_names(build: Function, module: Any) -> dict[str, str]:
    """The module's parameter names → the layout's. Raises LstmcheckError for one that means nothing."""
    found: dict[str, str] = {}
    for name, _ in module.named_parameters():
        bare = re.sub(r"_l0$", "", name.rpartition(".")[2])
        ours = OURS.get(bare, bare)
        if ours not in OURS.values() and not re.fullmatch(rf"(W|U|b|b_ih|b_hh)_[{GATES}]", ours):
            known = ", ".join([*OURS, *dict.fromkeys(OURS.values())])
            raise returned.fault(build, f"built a module with a parameter {name}.", f"Known are {known}.")
        if ours in found.values():
            raise returned.fault(
                build, f"built a module with two parameters for {ours}.", "One cell is checked."
            )
        found[name] = ours
    return found


def _bias_of(names: dict[str, str]) -> Bias:
    blocks = {ours.rpartition("_")[0] if ours[-2:-1] == "_" else ours for ours in names.values()}
    return next((bias for bias, wanted in BIAS_BLOCKS.items() if wanted and blocks & set(wanted)), "none")
