"""Errors that a user can act on: what, where, and the remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches

BUG_REMEDY = "Please report it with the traceback on stderr."


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    `where` is `file:line:column`, or a block, gate and index. `excerpt` is the source line with the
    offending part underlined, ready to print.
    """

    what: str
    where: str | None = None
    remedy: str | None = None
    excerpt: str | None = None

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        remedy = f" {self.remedy}" if self.remedy else ""
        excerpt = f"\n{self.excerpt}" if self.excerpt else ""
        return f"{place}{self.what}{remedy}{excerpt}"


class LstmcheckError(Exception):
    """A failure with a cause outside lstmcheck: a configuration, a file, a size.

    Carries one problem or several, so that all errors of a file are told at once. Commands print it
    without a traceback and exit with 2.
    """

    def __init__(self, problem: str | Problem | Sequence[Problem], **details: str | None) -> None:
        if isinstance(problem, str):
            problem = Problem(problem, **details)
        self.problems = (problem,) if isinstance(problem, Problem) else tuple(problem)
        super().__init__("\n".join(map(str, self.problems)))


@contextmanager
def collecting(problems: list[Problem]) -> Iterator[None]:
    """Adds what is raised inside to `problems`, so that everything wrong can be told at once."""
    try:
        yield
    except LstmcheckError as error:
        problems += error.problems


def did_you_mean(
    name: str,
    known: Iterable[str],
    *,
    otherwise: Sequence[str] = (),
    most: int = 1,
    cutoff: float = 0.6,
    show: Callable[[str], str] = "'{}'".format,
) -> str | None:
    """`Did you mean 'hidden_size'?`: the known names that are near `name`, else those in `otherwise`.

    None where there are neither. `cutoff` is how alike two names must be, from 0 to 1.
    """
    near = get_close_matches(name, list(known), most, cutoff) or otherwise
    return f"Did you mean {' or '.join(map(show, near))}?" if near else None
