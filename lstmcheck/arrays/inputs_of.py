"""What a forward and a backward pass take, without any answer: for whoever computes gradients elsewhere."""

from __future__ import annotations

from lstmcheck.arrays.fingerprint import fingerprint
from lstmcheck.arrays.make_case import make_case
from lstmcheck.config import Config, spec
from lstmcheck.config.convention import convention_of
from lstmcheck.conventions.network_layout import NetworkLayout
from lstmcheck.conventions.table import CONVENTIONS, Convention
from lstmcheck.errors import LstmcheckError, did_you_mean
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.precision import DOUBLE, PRECISIONS, Precision
from lstmcheck.lstm.types import Arrays, Numbers


def inputs_of(config: Config, convention: str | None = None) -> dict[str, Numbers]:
    """Parameters; x (T, B, D), h0 (cells, B, P), c0 (cells, B, H); `lengths` (B,), where there are any; the
    upstream gradients d_y, d_h, d_c that the loss has, and the targets of a loss that has some.

    Parameters are as in the convention that is named here or in `target.convention`, under its framework's
    names; else as ours. Raises LstmcheckError for an unknown convention and a bad `arrays.file`.
    """
    precision = _precision(config)
    case = make_case(config).rounded(precision)
    found = _parameters(config, case, convention)
    found |= {name: case.arrays[name] for name in ("x", "h0", "c0")}
    found |= _upstreams(case)
    if config.loss.kind != "projection":
        found |= {f"target_{part}": target for part, target in case.loss.targets.items()}
    kind = precision.of_same_range
    found = {name: a if a.dtype.kind == "i" else a.astype(kind) for name, a in found.items()}
    return found if case.lengths is None else found | {"lengths": case.lengths}


def fingerprint_of(config: Config) -> Numbers:
    """What tells the gradients of these inputs from those of others."""
    return fingerprint(make_case(config).rounded(_precision(config)))


def _precision(config: Config) -> Precision:
    return PRECISIONS[config.target.dtype] if config.target else DOUBLE


def _parameters(config: Config, case: Case, named: str | None) -> dict[str, Numbers]:
    convention = _convention(config, named)
    if convention is None:
        return {info.name: case.arrays[info.name] for info in case.infos if info.layer is not None}
    layout = NetworkLayout(convention, spec(config))
    written = layout.write(case.arrays)
    return {name: written[theirs] for theirs, name in _framework_names(layout).items()}


def _convention(config: Config, named: str | None) -> Convention | None:
    if named is not None:
        if named not in CONVENTIONS:
            what = f"unknown convention '{named}'."
            remedy = did_you_mean(named, CONVENTIONS, otherwise=[*CONVENTIONS])
            raise LstmcheckError(what, where="--convention", remedy=remedy)
        return CONVENTIONS[named]
    key = config.target.convention if config.target else None
    return None if key is None else convention_of(key, bias=config.lstm.bias)


def _framework_names(layout: NetworkLayout) -> dict[str, str]:
    """Of every array of a layout, the name that its framework has for it, if it has one."""
    theirs = {
        layout.name(key, spelling.blocks[0]): layout.name(key, spelling.name)
        for key, spelling in layout.spellings()
        if spelling.of_framework
    }
    return {name: theirs.get(name, name) for name in layout.shapes}


def _upstreams(case: Case) -> Arrays:
    """What the backward pass is given: of a loss that reads some outputs, those."""
    upstream = case.loss.gradient(case.trace(keep=False).outputs)
    parts = zip("yhc", upstream, strict=True)
    return {f"d_{part}": gradient for part, gradient in parts if part in case.loss.targets}
