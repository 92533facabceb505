"""Code of Python 2, told by the error that it makes."""

from __future__ import annotations

import re
from pathlib import Path

MESSAGES = {
    "Missing parentheses in call to 'print'": "a print statement",
    "Missing parentheses in call to 'exec'": "an exec statement",
    "multiple exception types must be parenthesized": "except with a comma",
    "leading zeros in decimal integer literals": "an octal number as 017",
    "inconsistent use of tabs": "tabs among spaces",
}
"""Beginnings of what SyntaxError says."""
LINES = {
    r"^\s*print\b(?!\s*[(=.])": "a print statement",
    r"^\s*raise\s+[\w.]+\s*,": "raise with a comma",
    r"^\s*exec\s+[^(=]": "an exec statement",
    r"<>": "<> for !=",
    r"`": "backquotes",
    r"\b\d+[lL]\b": "a number as 10L",
    r"\bur['\"]": "a string as ur''",
}
NAMES = {"basestring", "cPickle", "raw_input", "unichr", "unicode", "urllib2", "xrange"}
"""Builtins and modules that Python 3 has not."""


def _evidence(error: BaseException) -> str | None:
    """What shows that code is Python 2: `a print statement at line 3`; None where nothing does."""
    if isinstance(error, NameError | ModuleNotFoundError):
        return error.name if error.name in NAMES else None
    if not isinstance(error, SyntaxError):
        return None
    by_message = (shown for start, shown in MESSAGES.items() if (error.msg or "").startswith(start))
    by_line = (shown for pattern, shown in LINES.items() if re.search(pattern, error.text or ""))
    found = next(by_message, None) or next(by_line, None)
    return found and f"{found} at line {error.lineno}"


def python_2(error: BaseException, file: str) -> tuple[str, str] | None:
    """What is wrong with code of Python 2 in a file or a cell, and what to do; None where it is none."""
    shown = _evidence(error)
    return (f"this is Python 2 ({shown}).", _remedy(file)) if shown else None


def _remedy(file: str) -> str:
    name, cell, _ = Path(file).name.partition(".ipynb cell ")
    script = f"jupyter nbconvert --to script {name}.ipynb, and " if cell else ""
    return f"Run {script}2to3 -w {f'{name}.py' if cell else name}: Python has it up to 3.12."
