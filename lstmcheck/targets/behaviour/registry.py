"""What is asked of a target beside its gradients. One more is a row here, its module and its name in
`config/choices.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lstmcheck.config.choices import BehaviourName
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.target_answers import Behaviour
from lstmcheck.targets.behaviour import absent, again, linear, separate
from lstmcheck.targets.behaviour.asking import Asking, Found, NotAskedError, said
from lstmcheck.targets.purity import Answers

BEHAVIOURS: dict[BehaviourName, Callable[[Asking], Found]] = {
    "linear": linear.ask,
    "separate": separate.ask,
    "absent": absent.ask,
    "again": again.ask,
}
"""By name. They raise NotAskedError or LstmcheckError."""


def obstacle(first: Answers) -> str | None:
    """Why calls cannot be compared; nor would what is left of them suit whoever calls it next."""
    if first.purity.problems:
        return "the same calls do not give the same numbers"
    if first.added:
        return "it adds its gradients to those of earlier calls"
    return None


def behaviour(asking: Asking, obstacle: str | None) -> tuple[Behaviour, ...]:
    """Everything that `target.behaviour` names, asked. Nothing that the target does raises an error."""
    return tuple(_asked(asking, obstacle))


def _asked(asking: Asking, obstacle: str | None) -> Iterator[Behaviour]:
    section = asking.target.section
    for name in section.behaviours:
        try:
            if obstacle:
                raise NotAskedError(obstacle)
            found = BEHAVIOURS[name](asking)
        except NotAskedError as error:
            yield Behaviour(name, str(error), asked=False)
        except LstmcheckError as error:
            what = f"it fails where it did not before: {said(error)}"
            yield Behaviour(name, "", problems=(what,), strict=section.strict)
        else:
            yield Behaviour(
                name, found.told, tuple(found.problems), tuple(found.warnings), strict=section.strict
            )
