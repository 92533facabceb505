"""Which protocol a file follows, by the names of its functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from lstmcheck.errors import LstmcheckError, did_you_mean
from lstmcheck.protocol_capabilities import PROCESS, PROTOCOLS, C
from lstmcheck.targets.loading.names_in_source import Names, names_in
from lstmcheck.targets.running.calling import short

OF_JAX = {"equinox", "flax", "haiku", "jax"}
"""Libraries whose functions are differentiated, rather than come with a backward pass."""
CALLED = {name: each for name, each in PROTOCOLS.items() if each.functions and name not in (PROCESS, C)}
"""Protocols of functions in Python."""
ADAPTER = (
    "For functions or a class of another form, lstmcheck init --target plain (or columns) writes an adapter."
)
LIBRARIES = (".so", ".dylib", ".dll")


def guess_protocol(path: Path) -> Mapping[str, str]:
    """Keys of `target` that fit a file: its protocol; and of a torch module without `build` its class.

    Nothing where the source cannot be read, or does not show its names: to import it tells more. Raises
    LstmcheckError where they fit no protocol, or several.
    """
    if path.suffix in LIBRARIES:
        return {"protocol": C}
    names = names_in(path)
    if names is None:
        return {}
    fitting = _told_apart([name for name in CALLED if _fits(name, names)], names)
    if not fitting and len(names.modules) == 1:
        return {"protocol": "torch", "forward": names.modules[0]}
    if not fitting and (names.others or not names.functions):
        return {}
    if len(fitting) != 1:
        raise _several(path, fitting) if fitting else _none(path, names)
    return {"protocol": fitting[0]}


def _fits(protocol: str, names: Names) -> bool:
    """Whether all functions are there. Of one forward pass alone jax makes gradients, nothing else does."""
    if protocol == "jax" and ("backward" in names or not names.libraries & OF_JAX):
        return False
    return all(function in names for function in CALLED[protocol].functions)


def _told_apart(fitting: list[str], names: Names) -> list[str]:
    """Without those whose functions are there but take another number of arguments, if some take theirs."""
    return [name for name in fitting if _takes(name, names)] or fitting if len(fitting) > 1 else fitting


def _takes(protocol: str, names: Names) -> bool:
    own = CALLED[protocol]
    for function, given in zip(own.functions, own.arguments, strict=False):
        allowed = names.functions.get(function)
        if allowed is not None and not allowed[0] <= given <= allowed[1]:
            return False
    return True


def _several(path: Path, fitting: Sequence[str]) -> LstmcheckError:
    *others, last = map(_with_functions, fitting)
    what = f"its functions fit several protocols: {', '.join(others)} and {last}."
    return LstmcheckError(what, where=short(str(path)), remedy="--protocol chooses one.")


def _none(path: Path, names: Names) -> LstmcheckError:
    there = [name for name in names.own if not name.startswith("_")]
    found = f"it defines {', '.join(there) or 'none'}"
    half = "; ".join(_half_there(names))
    what = f"by their names its functions fit no protocol: {found}{f'; {half}' if half else ''}."
    remedies = [_near(there), f"--protocol names one: {', '.join(map(_with_functions, CALLED))}.", ADAPTER]
    return LstmcheckError(what, where=short(str(path)), remedy=" ".join(filter(None, remedies)))


def _half_there(names: Names) -> Iterator[str]:
    for protocol, own in CALLED.items():
        lacking = [function for function in own.functions if function not in names]
        if lacking and len(lacking) < len(own.functions):
            yield f"{protocol} also needs {', '.join(lacking)}"


def _near(there: Sequence[str]) -> str | None:
    wanted = {function for own in CALLED.values() for function in own.functions}
    lacking = wanted.difference(there)
    near = (did_you_mean(name, lacking, cutoff=0.8) for name in there if name not in wanted)
    return next(filter(None, near), None)


def _with_functions(protocol: str) -> str:
    return f"{protocol} ({', '.join(CALLED[protocol].functions)})"
