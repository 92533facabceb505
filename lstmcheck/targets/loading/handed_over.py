"""Functions that were handed over: whether they are what a protocol calls."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from lstmcheck.errors import LstmcheckError
from lstmcheck.protocol_capabilities import PROTOCOLS
from lstmcheck.targets.running.calling import name_of


def refuse_other_functions(protocol: str, functions: Sequence[Any]) -> None:
    """Raises LstmcheckError for what is no function, and for more or fewer than the protocol calls."""
    names = PROTOCOLS[protocol].functions
    calls = f"protocol {protocol} calls {' and '.join(names)}"
    for each in functions:
        if not _is_function(each, protocol):
            what = f"{calls}; {_describe(each)} is no function."
            raise LstmcheckError(what, where="functions", remedy=_functions_of(each, names))
    if len(functions) != len(names):
        given = f": {', '.join(map(name_of, functions))}" if functions else ""
        what = f"{calls}: wanted {_count(len(names))}, got {len(functions)}{given}."
        raise LstmcheckError(what, where="functions", remedy=_protocols_of(len(functions)))


def _is_function(each: Any, protocol: str) -> bool:
    """A class of modules is as good as a function that builds one; other classes keep theirs inside."""
    return callable(each) and (PROTOCOLS[protocol].classes or not inspect.isclass(each))


def _describe(each: Any) -> str:
    if inspect.isclass(each):
        return f"the class {each.__name__}"
    return f"an object of type {type(each).__name__}"


def _functions_of(each: Any, names: Sequence[str]) -> str:
    methods = [name.rpartition(".")[2] for name in names]
    if not all(hasattr(each, method) for method in methods):
        return "Hand over functions, or methods of an object."
    owner = f"{each.__name__}(…)" if inspect.isclass(each) else "that object"
    bound = " and ".join(f"made.{method}" for method in methods)
    return f"Hand over methods of an object: {bound}, where made is {owner}."


def _count(count: int) -> str:
    return "one function" if count == 1 else f"{count} functions"


def _protocols_of(count: int) -> str | None:
    """Those that call so many functions."""
    fitting = [name for name, each in PROTOCOLS.items() if len(each.functions) == count]
    return f"Protocols that call {_count(count)}: {', '.join(fitting)}." if fitting else None
