"""Keys that contradict each other. One small function each, in a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from lstmcheck.config.choices import BlockName
from lstmcheck.config.contradiction_rule import Finding, rule
from lstmcheck.config.convention import convention_of
from lstmcheck.config.place import Loc, dotted
from lstmcheck.config.sections import ArraysConfig, Settings
from lstmcheck.config.target_section import TargetConfig
from lstmcheck.lstm.spec import BIAS_BLOCKS


@rule("name")
def _name_fits_a_line(config: Settings) -> Iterator[Finding]:
    if not config.name.isprintable():
        yield (
            ("name",),
            "name heads a line of the report: line breaks and control characters cannot be in it.",
            None,
        )


@rule("lstm.proj_size", "lstm.hidden_size")
def _projection_narrows(config: Settings) -> Iterator[Finding]:
    proj, hidden = config.lstm.proj_size, config.lstm.hidden_size
    if proj is not None and proj >= hidden:
        what = f"proj_size must be below hidden_size, which is {hidden}; got {proj}."
        yield (
            ("lstm", "proj_size"),
            what,
            None if hidden > 1 else "Leave it out: a width of 1 has no projection.",
        )


@rule("lstm.forget_bias", "lstm.bias")
def _forget_bias_needs_bias(config: Settings) -> Iterator[Finding]:
    if config.lstm.forget_bias and config.lstm.bias == "none":
        what = f"forget_bias is {config.lstm.forget_bias:g}, but bias: none leaves no bias to add it to."
        yield ("lstm", "forget_bias"), what, "Remove one of the two."


@rule("lstm.forget_bias", "lstm.coupled")
def _forget_bias_needs_forget_gate(config: Settings) -> Iterator[Finding]:
    if config.lstm.forget_bias and config.lstm.coupled:
        given = f"forget_bias is {config.lstm.forget_bias:g}"
        what = f"{given}, but with coupled: true the forget gate is 1 - i and has no bias."
        yield ("lstm", "forget_bias"), what, "Remove one of the two."


@rule("sequence.lengths", "sequence.batch")
def _a_length_for_each_sequence(config: Settings) -> Iterator[Finding]:
    lengths, batch = config.sequence.lengths, config.sequence.batch
    if lengths is not None and len(lengths) != batch:
        what = f"lengths needs one entry for each sequence: batch is {batch}, got {len(lengths)}."
        yield ("sequence", "lengths"), what, None


@rule("sequence.lengths", "sequence.length")
def _lengths_fit(config: Settings) -> Iterator[Finding]:
    for index, length in enumerate(config.sequence.lengths or ()):
        if length > config.sequence.length:
            what = f"this sequence has length {length}, but sequence.length is {config.sequence.length}."
            yield ("sequence", "lengths", index), what, None


@rule("check.blocks", "lstm.bias", "lstm.peephole", "lstm.proj_size")
def _blocks_exist(config: Settings) -> Iterator[Finding]:
    missing = _absent_blocks(config)
    here = " ".join(existing_blocks(config))
    for index, block in enumerate(_chosen_blocks(config)):
        if block in missing:
            yield (
                ("check", "blocks", index),
                f"there is no block {block} {missing[block]}. Blocks here: {here}.",
                None,
            )


def existing_blocks(config: Settings) -> list[str]:
    """The blocks that this network has, in the order of tables."""
    return [block for block in get_args(BlockName) if block not in _absent_blocks(config)]


def _absent_blocks(config: Settings) -> dict[str, str]:
    """Each block that the network lacks, with the reason."""
    lstm = config.lstm
    absent = {b: f"with bias: {lstm.bias}" for b in ("b", "b_ih", "b_hh") if b not in BIAS_BLOCKS[lstm.bias]}
    if not lstm.peephole:
        absent["p"] = "without peephole: true"
    if lstm.proj_size is None:
        absent["R"] = "without proj_size"
    return absent


def _chosen_blocks(config: Settings) -> tuple[str, ...]:
    return () if config.check.blocks == "all" else config.check.blocks


@rule("check.blocks")
def _blocks_once(config: Settings) -> Iterator[Finding]:
    yield from _repeats(("check", "blocks"), _chosen_blocks(config))


@rule("loss.on")
def _loss_parts_once(config: Settings) -> Iterator[Finding]:
    yield from _repeats(("loss", "on"), config.loss.on)


def _repeats(loc: Loc, items: tuple[str, ...]) -> Iterator[Finding]:
    for index, item in enumerate(items):
        if items.index(item) < index:
            yield (*loc, index), f"{item} is already in {dotted(loc)}.", "Name it once."


@rule("check.reference", "check.step")
def _complex_step_is_fixed(config: Settings) -> Iterator[Finding]:
    if config.check.reference == "complex" and config.check.step != "auto":
        given = f"step is {config.check.step:g}"
        what = f"{given}, but reference: complex has a step of its own and would ignore it."
        yield ("check", "step"), what, "Use step: auto, or reference: central."


@rule("check.method", "check.step")
def _directions_choose_their_steps(config: Settings) -> Iterator[Finding]:
    if config.check.method == "directions" and config.check.step != "auto":
        what = f"step is {config.check.step:g}, of single entries, but method: directions moves whole gates."
        yield ("check", "step"), what, "Use step: auto, or method: entries."


@rule("check.method", "check.entries")
def _directions_move_every_entry(config: Settings) -> Iterator[Finding]:
    if config.check.method == "directions" and config.check.entries != "all":
        what = f"entries is {config.check.entries}, but method: directions judges all of a gate at once."
        yield ("check", "entries"), what, "Use entries: all, or method: entries."


@rule("loss.kind", "loss.on", "lstm.hidden_size", "lstm.proj_size", "lstm.bidirectional")
def _classes_to_choose_from(config: Settings) -> Iterator[Finding]:
    if config.loss.kind != "cross_entropy":
        return
    width = config.lstm.proj_size or config.lstm.hidden_size
    classes = {
        "outputs": width * (2 if config.lstm.bidirectional else 1),
        "hidden": width,
        "cell": config.lstm.hidden_size,
    }
    for index, part in enumerate(config.loss.on):
        if classes[part] == 1:
            what = f"cross_entropy over {part} of width 1 has one class: it is always 0 and has no gradient."
            yield ("loss", "on", index), what, "Take a larger lstm.hidden_size, or another loss.kind."


@rule("arrays.convention", "lstm.bias")
def _convention_of_arrays_fits(config: Settings) -> Iterator[Finding]:
    yield from _misfits("arrays", config.arrays, config)


@rule("target.convention", "lstm.bias")
def _convention_of_target_fits(config: Settings) -> Iterator[Finding]:
    yield from _misfits("target", config.target, config)


def _misfits(name: str, section: ArraysConfig | TargetConfig | None, config: Settings) -> Iterator[Finding]:
    if section is None or section.convention is None:
        return
    key, ours = section.convention, config.lstm.bias
    convention = convention_of(key, bias=ours)
    bias = ours if isinstance(key, str) else convention.bias
    if convention.forget_offset and bias == "none":
        what = f"the convention adds {convention.forget_offset:g} to the bias of the forget gate"
        yield (name, "convention", "forget_offset"), f"{what}, but with bias: none there is none.", None
    if convention.joined == "bxh" and bias != "one":
        what = f"the convention keeps one bias beside the weights, but bias is {bias}."
        yield (name, "convention", "joined"), what, "Set lstm.bias to one."
    # Two biases in a file have a sum that is one bias; a target has its own gradients of both.
    if bias != ours and not (name == "arrays" and (bias, ours) == ("two", "one")):
        what = f"the convention's bias is {bias}, but lstm.bias is {ours}."
        yield (name, "convention", "bias"), what, f"Set lstm.bias to {bias}, or leave this one out."


RULES = (
    _name_fits_a_line,
    _projection_narrows,
    _forget_bias_needs_bias,
    _forget_bias_needs_forget_gate,
    _a_length_for_each_sequence,
    _lengths_fit,
    _blocks_exist,
    _blocks_once,
    _loss_parts_once,
    _complex_step_is_fixed,
    _directions_choose_their_steps,
    _directions_move_every_entry,
    _classes_to_choose_from,
    _convention_of_arrays_fits,
    _convention_of_target_fits,
)
