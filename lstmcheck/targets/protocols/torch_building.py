"""A torch module, as its target builds it, and as it is made ready to be called."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from copy import deepcopy
from functools import update_wrapper
from typing import Any

from lstmcheck.errors import LstmcheckError, did_you_mean
from lstmcheck.lstm.spec import LstmSpec
from lstmcheck.protocol_capabilities import install_command
from lstmcheck.targets import returned
from lstmcheck.targets.protocols.adapter import Function
from lstmcheck.targets.running.calling import Caller

Options = Mapping[str, Any]
"""Of `target.options`, by name."""


def built(build: Function, call: Caller, spec: LstmSpec, options: Options) -> Any:
    """The module of `build` for a network's sizes, or the one inside it that the options name.

    A module in the place of `build` is taken as it is, as a copy. Raises LstmcheckError for what is no LSTM.
    """
    torch = imported_torch()
    if isinstance(build, torch.nn.Module):
        module = deepcopy(build)
    else:
        module = call(_telling_more(build, spec, options), spec.input_size, spec.hidden_size)
    if not isinstance(module, torch.nn.Module):
        raise returned.fault(build, f"returned {returned.kind(module)}; wanted a torch.nn.Module.")
    module = _inside(build, module, options.get("submodule"))
    _refuse_other_kinds(build, module)
    return module


def imported_torch() -> Any:
    """The library. Raises LstmcheckError where it is not installed."""
    try:
        import torch
    except ImportError:
        what = "protocol torch needs PyTorch."
        raise LstmcheckError(what, where="target.protocol", remedy=install_command("torch")) from None
    return torch


def made_ready(build: Function, module: Any, dtype: str, device: str, options: Options) -> Any:
    """The module on its device and in its precision, with gradients of everything."""
    import torch

    if options.get("eval"):
        module.eval()
    _refuse_dropout(build, module)
    try:
        module = module.to(device=device, dtype=getattr(torch, dtype))
    except (RuntimeError, AssertionError) as error:
        reason = str(error).partition("\n")[0]
        what = f"torch cannot use device {device}: {reason}."
        raise LstmcheckError(what, where="target.device", remedy="cpu is everywhere.") from None
    for parameter in module.parameters():
        parameter.requires_grad_()
    return module


def compiled(module: Any, options: Options) -> Any:
    """The module through torch.compile, if the options say so."""
    import torch

    if not (backend := options.get("compile")):
        return module
    named = {} if backend is True else {"backend": backend}
    try:
        return torch.compile(module, **named)
    except Exception as error:
        reason = str(error).partition("\n")[0]
        raise LstmcheckError(f"torch cannot compile it: {reason}", where="target.options.compile") from None


def _telling_more(build: Function, spec: LstmSpec, options: Options) -> Function:
    """`build`, told what else is not as nn.LSTM has it by default, as far as it takes it by name."""
    more = {
        "num_layers": (spec.num_layers, 1),
        "bidirectional": (spec.bidirectional, False),
        "proj_size": (spec.proj_size or 0, 0),
        "bias": (spec.bias != "none", True),
        "batch_first": (bool(options.get("batch_first")), False),
    }
    takes = keywords(build)
    named = {
        name: value
        for name, (value, usual) in more.items()
        if value != usual and (takes is None or name in takes)
    }
    if not named:
        return build

    def told(input_size: int, hidden_size: int) -> Any:
        return build(input_size, hidden_size, **named)

    return update_wrapper(told, build, assigned=("__name__",), updated=())


def keywords(build: Function) -> set[str] | None:
    """Names of what it takes; None where it takes any."""
    try:
        parameters = inspect.signature(build).parameters
    except (TypeError, ValueError):
        return set()
    if any(each.kind == inspect.Parameter.VAR_KEYWORD for each in parameters.values()):
        return None
    return set(parameters)


def _inside(build: Function, module: Any, path: str | None) -> Any:
    if path is None:
        return module
    modules = dict(module.named_modules())
    if path not in modules:
        owners = [name.rpartition(".")[0] for name, _ in module.named_parameters()]
        known = [name for name in dict.fromkeys(owners) if name]
        hint = did_you_mean(path, known) or f"It has {', '.join(known) or 'none'}."
        what = f"built a module without a submodule {path} (target.options.submodule)."
        raise returned.fault(build, what, hint)
    return modules[path]


def _refuse_other_kinds(build: Function, module: Any) -> None:
    """A module of torch that is recurrent, and no LSTM."""
    from torch import nn

    other = {nn.GRU: "a GRU", nn.GRUCell: "a GRU", nn.RNN: "an RNN", nn.RNNCell: "an RNN"}
    for path, each in module.named_modules():
        for kind, name in other.items():
            if isinstance(each, kind):
                at = f" as {path}" if path else ""
                raise returned.fault(build, f"built {name}{at}; an LSTM is checked.", OF_OTHERS[name])


OF_OTHERS = {
    "a GRU": "A GRU has three gates and no cell state: none of its gradients has a place here.",
    "an RNN": "A plain RNN has no gates and no cell state: none of its gradients has a place here.",
}


SWITCH_OFF = "target.options.eval: true switches it off"


def _refuse_dropout(build: Function, module: Any) -> None:
    """Between the layers of an nn.LSTM: each call draws another mask, and no difference means anything."""
    from torch import nn

    for path, each in module.named_modules():
        if isinstance(each, nn.LSTM) and each.training and each.dropout and each.num_layers > 1:
            at = f" of {path}" if path else ""
            what = f"built a module with dropout on between the layers{at} (p = {each.dropout:g})."
            raise returned.fault(build, what, f"Each call draws another mask. {SWITCH_OFF}.")


def dropout_notes(module: Any) -> tuple[str, ...]:
    """Layers of dropout that are on; whether they are used shows in the purity."""
    from torch import nn

    dropping = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, nn.FeatureAlphaDropout)
    on = [
        f"{path or type(each).__name__} (p = {each.p:g})"
        for path, each in module.named_modules()
        if isinstance(each, dropping) and each.training and each.p
    ]
    if not on:
        return ()
    return (f"dropout is on in {', '.join(on)}; {SWITCH_OFF}",)
