"""The work of `lstmcheck run`."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from shlex import join

from lstmcheck import api
from lstmcheck.cli.app import tell
from lstmcheck.cli.many_targets import ManyTargets, Shown
from lstmcheck.cli.options import with_blocks
from lstmcheck.cli.run_outputs import RunOutputs
from lstmcheck.cli.several import each_of, load_each, worst_code
from lstmcheck.cli.target_options import TargetOptions, refuse_mistakes_elsewhere
from lstmcheck.config import Config, load
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.early_end import EarlyEnd
from lstmcheck.judge.measured_curves import worst_entry
from lstmcheck.judge.results import Report
from lstmcheck.judge.verdict import Verdict
from lstmcheck.lstm.backward import Backward
from lstmcheck.marking.find_targets import SUFFIXES
from lstmcheck.report.not_run import NotRun, Ran
from lstmcheck.report.progress import progress

ENDS = "--max-seconds N, or Ctrl-C, ends with what it has."
SHORTER = f"Whole gates take far less: --set check.method=directions. {ENDS}"


def run(
    configs: list[str] | None,
    seed: int | None,
    overrides: list[str] | None,
    blocks: str | None,
    quiet: int,
    verbose: bool,
    only_failures: bool,
    output_format: str,
    exports: list[str] | None,
    mistake: list[str] | None,
    target: list[str] | None,
    protocol: str | None,
    convention: str | None,
    timeout: float | None,
    max_memory: float | None,
    max_seconds: float | None,
    jobs: int | None,
    strict: bool,
    gradients: str | None,
    command: str | None,
    feedback: Path | None,
    results: Path | None,
    resume: bool,
    scheduler: str | None,
) -> int:
    """Each configuration after the other, or each of many targets with each; the exit code of all of them."""
    overrides, targets = with_blocks(overrides, blocks), target or []
    paths = _paths(configs, is_needless=bool(targets or command))
    one = targets[0] if targets else None
    options = TargetOptions(one, protocol, convention, timeout, jobs, max_memory, strict, gradients, command)
    many = ManyTargets(feedback, results, resume, scheduler, max_seconds)
    mistakes = mistake or []
    _refuse_unknown(mistakes)
    shown = Shown(output_format, exports or [], quiet, verbose, only_failures)

    def load_one(path: str | None, options: TargetOptions) -> Config:
        return load(path, seed=seed, overrides=[*overrides, *options.overrides])

    if many.are_meant(targets):
        # Much that a run of one has no use for.
        from lstmcheck.cli.marking import mark

        options.refuse_others_than_files(mistakes)
        words = _words(seed, overrides, [], replace(options, file=None))
        return mark(paths, load_one, targets, options, words, many, shown)
    loaded = load_each(paths, lambda path: options.with_protocol(load_one(path, options)))
    refuse_mistakes_elsewhere([each for each in loaded if not isinstance(each, NotRun)], mistakes)
    words = _words(seed, overrides, mistakes, options)
    commands = [join(["lstmcheck", "run", *([path] if path else []), *words]) for path in paths]
    with RunOutputs(shown, [each.name for each in loaded], [path for path in paths if path]) as outputs:
        checks = _Checks(mistakes, jobs or 1, max_seconds, drawn=outputs.has_a_page)
        ran = _ran(loaded, commands, checks, outputs)
        outputs.write(ran, commands)
    if checks.interrupted:
        tell("interrupted: what was measured by then is told.")
        return 130
    return worst_code(ran, lambda report: 0 if report.verdict == Verdict.PASS else 1)


def _ran(
    loaded: Sequence[Config | NotRun], commands: Sequence[str], checks: _Checks, outputs: RunOutputs
) -> list[Ran]:
    """What has become of each configuration, shown as it comes; of those before an interruption."""
    ran: list[Ran] = []
    for command, outcome in zip(commands, each_of(loaded, checks.check), strict=True):
        ran.append(outcome)
        outputs.show(outcome, command)
        if checks.interrupted:
            break
    return ran


class _Checks:
    """Checks of one command, each of which may end early."""

    def __init__(self, mistakes: list[str], processes: int, seconds: float | None, *, drawn: bool) -> None:
        self.mistakes, self.processes, self.seconds = mistakes, processes, seconds
        self.steps = worst_entry if drawn else None
        self._end: EarlyEnd | None = None

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended the latest of them."""
        return self._end is not None and self._end.interrupted

    def check(self, config: Config) -> Report:
        """The report of one configuration."""
        self._end = EarlyEnd(_after(self.seconds), by_interrupt=True)
        with progress(config.name, SHORTER if config.check.method == "entries" else ENDS) as advance:
            return api.check(
                config,
                progress=advance,
                backward=self._backward(config),
                processes=self.processes,
                steps=self.steps,
                end=self._end,
            )

    def _backward(self, config: Config) -> type[Backward]:
        if not self.mistakes:
            return Backward
        from lstmcheck.cli.planting import planted_backward

        return planted_backward(self.mistakes, config)


def _refuse_unknown(mistakes: list[str]) -> None:
    if mistakes:
        # The catalogue is large: a run without mistakes does not wait for it.
        from lstmcheck.cli.planting import refuse_unknown

        refuse_unknown(mistakes)


def _after(seconds: float | None) -> Callable[[], bool]:
    """Tells whether so many seconds have passed since now."""
    start = time.monotonic()
    return lambda: seconds is not None and time.monotonic() > start + seconds


def _paths(configs: list[str] | None, *, is_needless: bool) -> Sequence[str | None]:
    """Of the configurations; None stands for the built-in one."""
    if configs:
        _refuse_targets_among(configs)
        return configs
    if is_needless:
        return [None]
    what = "no configuration is named, and no target."
    raise LstmcheckError(what, where="CONFIG...", remedy="lstmcheck init writes one to start from.")


def _refuse_targets_among(configs: Sequence[str]) -> None:
    """What a shell has made of a pattern without quotes: all but its first file are no options any more."""
    code = next((path for path in configs if path.endswith(SUFFIXES)), None)
    if code is not None:
        remedy = "Many targets: repeat --target, or put a pattern in quotes, as --target 'homework/*.py'."
        raise LstmcheckError("this is Python, and no configuration.", where=code, remedy=remedy)


def _words(seed: int | None, overrides: list[str], mistakes: list[str], target: TargetOptions) -> list[str]:
    """Options that repeat a check."""
    settings = [word for override in overrides for word in ("--set", override)]
    settings += [word for mistake in mistakes for word in ("--mistake", mistake)]
    seeds = [] if seed is None else ["--seed", str(seed)]
    return [*seeds, *settings, *target.words]
