"""Where the reports of a run go: each to the screen as it comes, and all of them to files at the end."""

from __future__ import annotations

from collections.abc import Sequence

from lstmcheck.cli.app import pipe_may_close
from lstmcheck.cli.many_targets import Shown
from lstmcheck.cli.outputs import OpenedExports
from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.export import Export, parse_exports, show
from lstmcheck.report.not_run import NotRun, Ran
from lstmcheck.report.run.content import RunContent
from lstmcheck.report.run.words import total


class RunOutputs(OpenedExports):
    """`--output-format`, `--export` and what is shown."""

    def __init__(self, shown: Shown, names: Sequence[str], inputs: Sequence[str]) -> None:
        self.shown = shown
        self.exports = parse_exports(shown.exports, names, "run", inputs)
        to_stdout = any(export.to_stdout for export, _ in self.exports)
        self.silent = shown.output_format != "text" or shown.quiet > 1 or to_stdout
        super().__init__([export for export, _ in self.exports])

    @property
    def has_a_page(self) -> bool:
        """Whether some format draws what no other shows."""
        return "html" in (self.shown.output_format, *(export.format.name for export, _ in self.exports))

    def show(self, outcome: Ran, command: str) -> None:
        """One report on the screen, as soon as it is there."""
        if self.silent or isinstance(outcome, NotRun):
            return
        if self.shown.only_failures and outcome.verdict == Verdict.PASS:
            return
        content = RunContent([outcome], command, self.shown.verbose, self.shown.only_failures)
        with pipe_may_close():
            show(content, self.shown.output_format, brief=self.shown.quiet > 0)

    def write(self, ran: Sequence[Ran], commands: Sequence[str]) -> None:
        """All of them together, where a format or a file wants that."""
        with pipe_may_close():
            if self.shown.output_format != "text":
                show(RunContent(ran, commands[0]), self.shown.output_format)
            elif len(ran) > 1 and not self.silent:
                print(total(ran))
            for export, positions in self.exports:
                self._export(export, [k for k in positions if k < len(ran)], ran, commands)

    def _export(
        self, export: Export, positions: Sequence[int], ran: Sequence[Ran], commands: Sequence[str]
    ) -> None:
        """What came of some configurations; an early end leaves none of those that are left out."""
        those = [ran[k] for k in positions]
        # Of a configuration that could not be run there are no arrays.
        if those and not (export.format.one_report_each and isinstance(those[0], NotRun)):
            export.write(RunContent(those, commands[positions[0]]))
