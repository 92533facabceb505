"""The backward pass of a torch module, and the gradients that it leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lstmcheck.errors import LstmcheckError
from lstmcheck.targets import returned
from lstmcheck.targets.protocols.adapter import Function, Returned
from lstmcheck.targets.protocols.torch_numbers import read_numbers
from lstmcheck.targets.running.calling import Caller, told_at

Tensors = Mapping[str, Any]
CUT = "torch.no_grad(), detach(), .data, .item() and numpy cut it"


def run_back(
    build: Function, module: Any, call: Caller, outputs: Tensors, upstream: Tensors, leaves: Tensors
) -> list[str]:
    """Leave gradients in `leaves`, and in nothing but them; what there is to know of the graph.

    `upstream` has the gradients of outputs that the loss uses. Raises LstmcheckError where none of them has a
    graph.
    """
    import torch

    attached = [name for name in upstream if outputs[name].requires_grad]
    if not attached:
        what = "returned outputs without a graph: nothing goes back from them to the parameters."
        raise returned.fault(module, what, f"Compute them from tensors that require gradients; {CUT}.")
    for tensor in (*module.parameters(), *leaves.values()):
        tensor.grad = None

    def run_autograd() -> None:
        torch.autograd.backward(
            [outputs[name] for name in attached],
            [upstream[name].reshape(outputs[name].shape) for name in attached],
            retain_graph=True,
        )

    try:
        call(run_autograd)
    except LstmcheckError as error:
        raise type(error)([told_at(build, each) for each in error.problems]) from None
    cut = [name for name in upstream if name not in attached and bool((upstream[name] != 0).any())]
    if not cut:
        return []
    which = " and ".join(cut)
    return [f"nothing goes back from {which}, which came without a graph ({CUT}); loss.on can leave it out"]


def gradients(module: Any, leaves: Tensors) -> Returned:
    """What is in `.grad`: zero, and told, where autograd found no way."""
    import torch

    none = [name for name, tensor in leaves.items() if tensor.grad is None]
    found = {
        name: torch.zeros_like(tensor) if tensor.grad is None else tensor.grad
        for name, tensor in leaves.items()
    }
    arrays = {
        name: returned.array(
            module, f"the gradient of {name}", read_numbers(value), tuple(leaves[name].shape)
        )
        for name, value in found.items()
    }
    for tensor in (*module.parameters(), *leaves.values()):
        tensor.grad = None
    notes = f"autograd left no gradient (None) in {', '.join(none)}: taken as zero. Is the graph cut? {CUT}"
    return Returned(arrays, notes=(notes,) if none else ())
