"""Keys that contradict a target: what its protocol cannot take, and what would be ignored."""

from __future__ import annotations

from collections.abc import Iterator

from lstmcheck.config.contradiction_rule import Finding, rule
from lstmcheck.config.convention import convention_of
from lstmcheck.config.sections import Settings
from lstmcheck.protocol_capabilities import GRADIENTS, PROCESS, C, protocols_with


@rule("target.file", "target.module", "target.command")
def _one_place(config: Settings) -> Iterator[Finding]:
    target = config.target
    places = [key for key in ("file", "module", "command") if target and getattr(target, key)]
    if target and len(places) != 1:
        got = "none is given" if not places else f"{' and '.join(places)} are given"
        yield (
            ("target",),
            f"a target is a file, a module or a command; {got}.",
            "Name one: {file: my_lstm.py}.",
        )


@rule("target.protocol", "target.command")
def _a_command_is_a_process(config: Settings) -> Iterator[Finding]:
    target = config.target
    if target and target.command and target.protocol != PROCESS:
        what = f"a command is asked by protocol {PROCESS}; protocol {target.protocol} calls Python functions."
        yield ("target", "protocol"), what, f"Set protocol: {PROCESS}, or name a file."
    if target and target.protocol == PROCESS and not target.command:
        what = f"protocol {PROCESS} starts a program."
        yield ("target", "protocol"), what, "Name it: {command: [./my_lstm]}."


@rule("target.protocol", "target.module", "target.only_definitions", "target.convention")
def _a_library_is_a_file(config: Settings) -> Iterator[Finding]:
    target = config.target
    if not target or target.protocol != C:
        return
    if target.module or target.only_definitions:
        key = "module" if target.module else "only_definitions"
        what = f"protocol {C} calls a shared library, not Python."
        yield ("target", key), what, "Name the library: {file: libmy_lstm.so}."
    if target.convention and convention_of(target.convention).split == "separate":
        what = f"protocol {C} has one W, one U and one b in each cell, with all gates in it."
        yield ("target", "convention"), what, "Spell out another, or leave it out."


@rule("target.only_definitions", "target.module")
def _definitions_of_a_file(config: Settings) -> Iterator[Finding]:
    target = config.target
    if target and target.only_definitions and target.module is not None:
        what = "a module is imported as it stands; only_definitions needs a file."
        yield ("target", "only_definitions"), what, "Name it by target.file."


@rule("target.protocol", "target.convention")
def _convention_is_open(config: Settings) -> Iterator[Finding]:
    target = config.target
    if target and target.convention is not None and not target.capabilities.is_open:
        what = f"protocol {target.protocol} has a convention of its own."
        yield ("target", "convention"), what, "Leave it out, or use protocol: plain."


@rule("target.protocol", "target.device")
def _device_can_be_chosen(config: Settings) -> Iterator[Finding]:
    target = config.target
    if target and target.device != "cpu" and not target.capabilities.devices:
        yield ("target", "device"), f"protocol {target.protocol} knows no device.", "Leave it out."


@rule("target.protocol", "target.options")
def _options_are_known(config: Settings) -> Iterator[Finding]:
    if (target := config.target) is None:
        return
    known = target.capabilities.options
    for name, value in target.options:
        if name not in known and value != type(target.options).model_fields[name].default:
            what = f"protocol {target.protocol} has no option '{name}'."
            remedy = f"It has {', '.join(known)}." if known else "Leave it out."
            yield ("target", "options", name), what, remedy


@rule("target.protocol", "target.backward")
def _no_backward(config: Settings) -> Iterator[Finding]:
    target = config.target
    if target and target.backward is not None and len(target.capabilities.functions) == 1:
        what = f"protocol {target.protocol} calls one function; target.forward names it."
        yield ("target", "backward"), what, "Leave it out."


@rule("target.protocol", "target.dtype")
def _fewer_digits_show_outputs(config: Settings) -> Iterator[Finding]:
    target = config.target
    if target and target.dtype != "float64" and target.capabilities.own_loss:
        what = f"a {target.dtype} target is judged by its outputs, and protocol {target.protocol} shows none."
        yield ("target", "dtype"), what, "Use protocol: plain."


@rule("target.protocol", "target.dtype")
def _sixteen_bits_can_be_handed_over(config: Settings) -> Iterator[Finding]:
    target = config.target
    if target and target.dtype in ("float16", "bfloat16") and not target.capabilities.sixteen_bits:
        what = f"protocol {target.protocol} has no numbers of sixteen bits."
        yield ("target", "dtype"), what, "float64 and float32 it has."


@rule("target.protocol", "lstm.num_layers")
def _one_layer(config: Settings) -> Iterator[Finding]:
    target = config.target
    if target and config.lstm.num_layers > 1 and not target.capabilities.layers:
        what = f"protocol {target.protocol} has one layer; num_layers is {config.lstm.num_layers}."
        yield ("lstm", "num_layers"), what, f"Set it to 1, or use protocol {protocols_with('layers', 'or')}."


@rule("target.protocol", "lstm.bidirectional")
def _one_direction(config: Settings) -> Iterator[Finding]:
    target = config.target
    if target and config.lstm.bidirectional and not target.capabilities.directions:
        what = f"protocol {target.protocol} runs in one direction."
        remedy = f"Set it to false, or use protocol {protocols_with('directions', 'or')}."
        yield ("lstm", "bidirectional"), what, remedy


@rule("target.protocol", "sequence.lengths")
def _no_lengths(config: Settings) -> Iterator[Finding]:
    target = config.target
    if target and config.sequence.lengths is not None and not target.capabilities.lengths:
        what = f"protocol {target.protocol} takes no lengths."
        remedy = f"Set it to null, or use protocol {protocols_with('lengths', 'or')}."
        yield ("sequence", "lengths"), what, remedy


@rule("target.protocol", "lstm.bias")
def _bias_fits(config: Settings) -> Iterator[Finding]:
    target = config.target
    if target and config.lstm.bias not in target.capabilities.biases:
        what = f"protocol {target.protocol} has one bias; lstm.bias is {config.lstm.bias}."
        yield ("lstm", "bias"), what, "Set it to one."


@rule("target.protocol", "lstm.peephole")
def _no_peephole(config: Settings) -> Iterator[Finding]:
    target = config.target
    if target and config.lstm.peephole and not target.capabilities.peephole:
        yield ("lstm", "peephole"), f"protocol {target.protocol} has no peepholes.", "Use protocol: plain."


@rule("target.protocol", "lstm.proj_size")
def _no_projection(config: Settings) -> Iterator[Finding]:
    target = config.target
    if target and config.lstm.proj_size is not None and not target.capabilities.projection:
        yield ("lstm", "proj_size"), f"protocol {target.protocol} has no projection.", "Use protocol: plain."


@rule("target.protocol", "target.module", "target.forward", "target.backward", "target.only_definitions")
def _no_code(config: Settings) -> Iterator[Finding]:
    target = config.target
    if target and target.protocol == GRADIENTS:
        for key in ("module", "command", "forward", "backward", "only_definitions"):
            if getattr(target, key):
                what = f"protocol {GRADIENTS} runs no code: its file holds arrays."
                yield ("target", key), what, "Leave it out."


@rule("target.protocol", "target.options", "sequence.lengths")
def _no_lengths_of_steps(config: Settings) -> Iterator[Finding]:
    target = config.target
    if target and target.options.step and config.sequence.lengths is not None:
        yield ("sequence", "lengths"), "a target that makes single steps takes no lengths.", "Set it to null."


RULES = (
    _one_place,
    _a_command_is_a_process,
    _a_library_is_a_file,
    _definitions_of_a_file,
    _convention_is_open,
    _device_can_be_chosen,
    _options_are_known,
    _no_backward,
    _fewer_digits_show_outputs,
    _sixteen_bits_can_be_handed_over,
    _one_layer,
    _one_direction,
    _no_lengths,
    _bias_fits,
    _no_peephole,
    _no_projection,
    _no_code,
    _no_lengths_of_steps,
)
