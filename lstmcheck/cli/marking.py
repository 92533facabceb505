"""The work of `lstmcheck run` where `--target` means many files: each has a row of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path

from lstmcheck.cli.app import pipe_may_close, tell, tell_bugs
from lstmcheck.cli.many_targets import ManyTargets, Shown
from lstmcheck.cli.options import refuse_results
from lstmcheck.cli.outputs import OpenedExports
from lstmcheck.cli.target_options import TargetOptions
from lstmcheck.config import Config
from lstmcheck.errors import LstmcheckError, Problem, collecting
from lstmcheck.judge.verdict import Verdict
from lstmcheck.marking.checked_target import TargetJob
from lstmcheck.marking.find_targets import find_targets
from lstmcheck.marking.mark_record import MarkRecord
from lstmcheck.marking.mark_store import MarkStore
from lstmcheck.marking.marks import Marks, marks_of
from lstmcheck.marking.target_cases import TargetCases
from lstmcheck.processes import available_cores
from lstmcheck.report.export import Export, parse_exports, show
from lstmcheck.report.marking.content import MarkingContent, TargetContent
from lstmcheck.report.marking.describe import Describe
from lstmcheck.report.marking.feedback import Feedback
from lstmcheck.report.progress import progress
from lstmcheck.sweep import executors
from lstmcheck.sweep.executors import Executor
from lstmcheck.sweep.runner import run_cases

STOPPED = 2
"""So many times that long and it is stopped: it may wait for what never comes."""


def mark(
    configs: Sequence[str | None],
    load_one: Callable[[str | None, TargetOptions], Config],
    targets: Sequence[str],
    options: TargetOptions,
    words: Sequence[str],
    many: ManyTargets,
    shown: Shown,
) -> int:
    """Check each target with each configuration; the exit code of all.

    `words` are the options that repeat a check of one of them.
    """
    refuse_results(many.results, resume=many.resume)
    files = find_targets(targets)
    loaded = _load_each(configs, lambda path: load_one(path, replace(options, file=str(files[0]))))
    cases = TargetCases(files, tuple(loaded), guesses=options.protocol is None)
    workers = min(options.jobs or available_cores(), len(cases))
    job = TargetJob(cases, Describe(tuple(words)), 1 if many.scheduler else workers, many.seconds)
    inputs = [*(path for path in configs if path), *map(str, files)]
    with ExitStack() as stack:
        exports = _opened(shown.exports, inputs, stack)
        feedback = Feedback(many.feedback, cases.names) if many.feedback else None
        store = MarkStore(cases, many.results, resume=many.resume)
        stack.callback(store.close)

        def arrived(record: MarkRecord) -> None:
            if feedback:
                feedback.write(record)
            dull = shown.only_failures and record.mark == "pass"
            if shown.verbose and not (dull or _is_silent(shown, exports)):
                with pipe_may_close():
                    show(TargetContent(record), "text")

        interrupted = _run(job, store, _executor(many, workers), arrived, bar=not shown.verbose)
        if interrupted:
            _tell_interrupted(store, many.results)
        code = _told(marks_of(store), shown, exports)
    if interrupted:
        raise KeyboardInterrupt
    return code


def _load_each(paths: Sequence[str | None], load_one: Callable[[str | None], Config]) -> list[Config]:
    """All configurations. Raises LstmcheckError with what is wrong with any: nothing is checked then."""
    problems: list[Problem] = []
    loaded = []
    for path in paths:
        with collecting(problems):
            loaded.append(load_one(path))
    if problems:
        raise LstmcheckError(problems)
    return loaded


def _opened(options: Sequence[str], inputs: Sequence[str], stack: ExitStack) -> list[Export]:
    exports = [export for export, _ in parse_exports(options, ["targets"], "run", inputs)]
    for export in exports:
        if export.format.one_report_each:
            what = f"{export.format.name} holds one report, and there are many targets."
            raise LstmcheckError(what, where=export.option, remedy="Name a single --target, without more.")
    stack.enter_context(OpenedExports(exports))
    return exports


def _executor(many: ManyTargets, workers: int) -> Executor:
    """Never in this process: what a target does to the process that asks it costs its own row."""
    if many.scheduler:
        return executors.on_cluster(many.scheduler)
    return executors.in_processes(workers, STOPPED * many.seconds)


def _run(
    job: TargetJob, store: MarkStore, execute: Executor, arrived: Callable[[MarkRecord], None], *, bar: bool
) -> bool:
    """Whether it was interrupted: what is done by then is kept."""

    try:
        for record in store.records():
            arrived(record)
        with progress("targets") if bar else nullcontext() as advance:
            run_cases(job, list(range(len(job.cases))), store, execute, advance, arrived)
    except KeyboardInterrupt:
        return True
    return False


def _tell_interrupted(store: MarkStore, results: Path | None) -> None:
    kept = f"; they are in {results}, go on with --resume" if results else "; --results FILE would keep them"
    tell(f"{len(store)} of {len(store.cases)} checks are done{kept}.")


def _is_silent(shown: Shown, exports: Sequence[Export]) -> bool:
    return shown.output_format != "text" or shown.quiet > 1 or any(export.to_stdout for export in exports)


def _told(marks: Marks, shown: Shown, exports: Sequence[Export]) -> int:
    """The exit code, after everything has been written."""
    content = MarkingContent(marks, shown.only_failures)
    with pipe_may_close():
        if shown.output_format != "text" or not _is_silent(shown, exports):
            show(content, shown.output_format, brief=shown.quiet > 0)
        for export in exports:
            export.write(content)
    if error := marks.store.write_error:
        what = f"results could not be kept: {error.strerror}."
        raise LstmcheckError(what, where=str(marks.store.path))
    if marks.bugs:
        tell_bugs(marks.bugs)
        return 3
    if marks.counts["error"]:
        return 2
    return 0 if marks.verdict == Verdict.PASS else 1
