"""Gradients that somebody computed elsewhere, read from a file: in our layout, or in a convention."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lstmcheck.arrays import fingerprint
from lstmcheck.arrays.allowed_arrays import (
    LETTERS,
    ExpectedArray,
    output_shapes,
    switch_for_parameter,
    unread,
)
from lstmcheck.arrays.framework_names import endings
from lstmcheck.arrays.open_file import AnyArray, Member, members
from lstmcheck.arrays.read_array import read_array
from lstmcheck.config import Config, spec
from lstmcheck.config.convention import convention_of
from lstmcheck.config.place import Place
from lstmcheck.config.text_files import read_bytes
from lstmcheck.conventions.names import FRAMEWORK_NAMES, split_name
from lstmcheck.conventions.network_layout import NetworkLayout
from lstmcheck.conventions.shapes import letters
from lstmcheck.errors import LstmcheckError, Problem, collecting, did_you_mean
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.parameters import ArrayInfo, array_name
from lstmcheck.lstm.precision import DOUBLE, Precision, lowest
from lstmcheck.lstm.types import Arrays

OUTPUTS = {"y": "y", "h_T": "h", "c_T": "c"}
"""Outputs that a file may have beside the gradients, with the letters of their shapes."""
GIVEN = ("d_y", "d_h", "d_c", "target_y", "target_h", "target_c", "lengths")
INPUTS = ("x", "h0", "c0")
FINGERPRINT = ExpectedArray(fingerprint.NAME, fingerprint.SHAPE)
PREFIXES = ("d_", "d", "grad_")
"""That others put before the name of a gradient."""


@dataclass(frozen=True)
class GradientsFile:
    """What a file holds."""

    gradients: dict[str, AnyArray]
    """By our names, in our layout, as many as there are; float64."""
    missing_gates: dict[str, str]
    """Letters of gates that are not there, by array."""
    outputs: dict[str, AnyArray]
    """y, h_T, c_T, as many as there are."""
    precisions: dict[str, Precision]
    """Of gradients that are stored in less than float64."""
    of_outputs: Precision
    """The lowest that outputs are stored in."""
    highest: Precision
    """That any array is stored in."""
    given_in: Precision | None
    """What its fingerprint says that its inputs were rounded to; None without one."""


def read_gradients(config: Config, case: Case) -> GradientsFile:
    """The file of a configuration's target. Whether its numbers are finite is the verdict's business.

    Raises LstmcheckError with everything that is wrong with the file, pointing at the key that names it.
    """
    path = config.target_path
    assert path is not None, "a configuration with gradients names their file"
    try:
        found = members(read_bytes(path))
        if not found:
            raise LstmcheckError("there is no array in it.")
        marks = [read_array(each, FINGERPRINT) for each in found if each.name == FINGERPRINT.name]
        kind = fingerprint.given_in(case, marks[0]) if marks else None
        return _Reader(config, case).read([each for each in found if each.name != FINGERPRINT.name], kind)
    except LstmcheckError as error:
        place = config.locate("target", "file") or Place("target.file")
        problems = [place.problem(f"{path}: {each.what}", each.remedy) for each in error.problems]
        raise LstmcheckError(problems) from None


class _Reader:
    """Every name that may stand in the file of a configuration, and what it stands for."""

    def __init__(self, config: Config, case: Case) -> None:
        assert config.target is not None, "a configuration with gradients has a target"
        self.config, self.spec = config, spec(config)
        convention = config.target.convention
        self.layout: NetworkLayout | None = None
        if convention is not None:
            self.layout = NetworkLayout(convention_of(convention, bias=self.spec.bias), self.spec)
        parameters = [info for info in case.infos if info.layer is not None]
        self.known = dict(self._in_layout(self.layout) if self.layout else self._as_ours(parameters))
        shapes = output_shapes(config)
        states = [(info.name, info.shape, info.block) for info in case.infos if info.layer is None]
        outputs = [(name, shapes[letter], letter) for name, letter in OUTPUTS.items()]
        for name, shape, letter in states + outputs:
            self.known[name] = ExpectedArray(name, shape, "", LETTERS[letter])

    def read(self, found: Sequence[Member], given_in: Precision | None) -> GradientsFile:
        problems: list[Problem] = []
        numbers: dict[str, AnyArray] = {}
        kinds: dict[str, Precision] = {}
        for member in found:
            with collecting(problems):
                expected = self._identified(member.name)
                if expected.name in numbers:
                    raise LstmcheckError(f"'{member.name}' is there twice.", remedy="Save one.")
                numbers[expected.name] = read_array(member, expected, finite=False)
                kinds[expected.name] = member.header().precision
        if problems:
            raise LstmcheckError(problems)
        outputs = {name: numbers.pop(name) for name in OUTPUTS if name in numbers}
        if not numbers:
            raise LstmcheckError("there is no gradient in it: nothing is covered.")
        return GradientsFile(
            *self._ours(numbers),
            outputs,
            self._precisions(numbers, kinds),
            lowest(DOUBLE, *(kinds[name] for name in outputs)),
            min(kinds.values(), key=lambda kind: kind.eps),
            given_in,
        )

    def _precisions(self, numbers: Arrays, kinds: Mapping[str, Precision]) -> dict[str, Precision]:
        """By our names: of an array that is put together from several the highest, so that none has more room
        than its own."""
        by_eps = {kind.eps: kind for kind in kinds.values()}
        marked, _ = self._ours({name: np.full(a.shape, kinds[name].eps) for name, a in numbers.items()})
        found = {name: by_eps[float(a[a > 0].min())] for name, a in marked.items() if a.size}
        return {name: kind for name, kind in found.items() if kind.is_low}

    def _ours(self, numbers: Arrays) -> tuple[dict[str, AnyArray], dict[str, str]]:
        if self.layout is None:
            return dict(numbers), {}
        read = self.layout.read_gradients(numbers)
        inputs = {name: array for name, array in numbers.items() if name in INPUTS}
        return {name: np.ascontiguousarray(a) for name, a in {**read.blocks, **inputs}.items()}, dict(
            read.missing_gates
        )

    def _identified(self, written: str) -> ExpectedArray:
        for inner, _ in endings(written):
            if inner in self.known:
                return self.known[inner]
        raise LstmcheckError([self._unknown(written)])

    def _unknown(self, written: str) -> Problem:
        what = f"unknown array '{written}'."
        if written in GIVEN:
            return Problem(what, remedy="That is given, and has no gradient here: leave it out.")
        bare = next((written.removeprefix(p) for p in PREFIXES if written.startswith(p)), written)
        if bare in self.known:
            return Problem(what, remedy=f"Save the gradient of {bare} under the name of {bare}.")
        if remedy := switch_for_parameter(written, self.config):
            return unread(written, remedy)
        if theirs := self._other_convention(written):
            return Problem(what, remedy=f"--convention {theirs} (target.convention) knows it.")
        return Problem(
            what, remedy=did_you_mean(written, self.known) or f"Known are {', '.join(self.known)}."
        )

    def _other_convention(self, written: str) -> str | None:
        """The first that has a parameter of this name."""
        base, _, _ = split_name(next(iter(endings(written)))[0])
        return next((name for name, names in FRAMEWORK_NAMES.items() if base in names), None)

    def _as_ours(self, parameters: list[ArrayInfo]) -> Iterator[tuple[str, ExpectedArray]]:
        for info in parameters:
            array = ExpectedArray(info.name, info.shape, info.block, LETTERS[info.block], layer=info.layer)
            yield info.name, array
            if len(self.spec.cells) == 1:
                yield info.block, array

    def _in_layout(self, layout: NetworkLayout) -> Iterator[tuple[str, ExpectedArray]]:
        for key, spelling in layout.spellings():
            block = spelling.blocks[0]
            shown = letters(layout.convention, block, projected=self.spec.proj_size is not None)
            name, shape = layout.name(key, block), layout.cells[key].shapes[block]
            array = ExpectedArray(name, shape, "", shown, layer=key[0])
            yield array_name(spelling.name, *key), array
            if len(layout.cells) == 1:
                yield spelling.name, array
