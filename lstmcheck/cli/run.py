"""The work of `lstmcheck run`."""

from __future__ import annotations

from functools import partial
from shlex import join

from lstmcheck import api
from lstmcheck.cli.app import pipe_may_close
from lstmcheck.cli.options import with_blocks
from lstmcheck.cli.several import each_of, load_each, worst_code
from lstmcheck.cli.target_options import TargetOptions, refuse_mistakes_elsewhere
from lstmcheck.config import Config
from lstmcheck.judge.results import Report
from lstmcheck.judge.verdict import Verdict
from lstmcheck.lstm.backward import Backward
from lstmcheck.report.export import parse_exports, show
from lstmcheck.report.not_run import NotRun, Ran
from lstmcheck.report.progress import progress
from lstmcheck.report.run.content import RunContent
from lstmcheck.report.run.words import total


def run(
    configs: list[str],
    seed: int | None,
    overrides: list[str] | None,
    blocks: str | None,
    quiet: int,
    verbose: bool,
    only_failures: bool,
    output_format: str,
    exports: list[str] | None,
    mistake: list[str] | None,
    target: str | None,
    protocol: str | None,
    convention: str | None,
    timeout: float | None,
    jobs: int,
    strict: bool,
    gradients: str | None,
    command: str | None,
) -> int:
    """Each configuration after the other; the exit code of all of them."""
    overrides = with_blocks(overrides, blocks)
    options = TargetOptions(target, protocol, convention, timeout, jobs, strict, gradients, command)
    mistakes = mistake or []
    if mistakes:
        # The catalogue is large: a run without mistakes does not wait for it.
        from lstmcheck.cli.planting import refuse_unknown

        refuse_unknown(mistakes)
    loaded = load_each(configs, seed, [*overrides, *options.overrides])
    refuse_mistakes_elsewhere([each for each in loaded if not isinstance(each, NotRun)], mistakes)
    opened = parse_exports(exports or [], [each.name for each in loaded], "run", configs)
    silent = output_format != "text" or quiet > 1 or any(e.to_stdout for e, _ in opened)
    ran: list[Ran] = []
    check_one = partial(_checked, mistakes=mistakes, processes=jobs)
    try:
        for each, _ in opened:
            each.open()
        for path, outcome in zip(configs, each_of(loaded, check_one), strict=True):
            ran.append(outcome)
            if not (silent or isinstance(outcome, NotRun)):
                command = _reproduce(path, seed, overrides, mistakes, options)
                with pipe_may_close():
                    content = RunContent([outcome], command, verbose, only_failures)
                    if not (only_failures and outcome.verdict == Verdict.PASS):
                        show(content, output_format, brief=quiet > 0)
        with pipe_may_close():
            if output_format != "text":
                show(RunContent(ran), output_format)
            elif len(ran) > 1 and not silent:
                print(total(ran))
            for each, positions in opened:
                those = [ran[k] for k in positions]
                # Of a configuration that could not be run there are no arrays.
                if not (each.format.one_report_each and isinstance(those[0], NotRun)):
                    each.write(RunContent(those))
    finally:
        for each, _ in opened:
            each.discard()
    return worst_code(ran, lambda report: 0 if report.verdict == Verdict.PASS else 1)


def _checked(config: Config, *, mistakes: list[str], processes: int) -> Report:
    backward = Backward
    if mistakes:
        from lstmcheck.cli.planting import planted_backward

        backward = planted_backward(mistakes, config)
    with progress(config.name) as advance:
        return api.check(config, progress=advance, backward=backward, processes=processes)


def _reproduce(
    path: str, seed: int | None, overrides: list[str], mistakes: list[str], target: TargetOptions
) -> str:
    settings = [word for override in overrides for word in ("--set", override)]
    settings += [word for mistake in mistakes for word in ("--mistake", mistake)]
    seeds = [] if seed is None else ["--seed", str(seed)]
    return join(["lstmcheck", "run", path, *seeds, *settings, *target.words])
