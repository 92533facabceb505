"""pytest collects `*.lstmcheck.yaml`: one test for each block, and for what else is asked of a target.

Nothing but pytest is imported before such a file is met.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from lstmcheck.config import Config
    from lstmcheck.judge.results import Report

SUFFIX = ".lstmcheck.yaml"


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A configuration is a file of tests."""
    if file_path.name.endswith(SUFFIX):
        collected: pytest.Collector = ConfigurationFile.from_parent(parent, path=file_path)
        return collected
    return None


class DisagreementError(Exception):
    """A test that fails; its text is the whole message."""


class Message(str):
    """What a failing test shows, with its first line in pytest's short summary."""

    @property
    def reprcrash(self) -> SimpleNamespace:
        """Where pytest looks for that line."""
        return SimpleNamespace(message=self.partition("\n")[0])


class ConfigurationFile(pytest.File):
    """One configuration. It is checked once, when its first test runs."""

    _report: Report | None = None
    _config: Config | None = None

    def collect(self) -> Iterator[pytest.Item]:
        """A test for each array that the configuration checks."""
        from lstmcheck.config import load, spec
        from lstmcheck.errors import LstmcheckError
        from lstmcheck.lstm.parameters import input_arrays, parameter_arrays

        try:
            self._config = config = load(self.path)
        except LstmcheckError as error:
            raise self.CollectError(str(error)) from None
        infos = parameter_arrays(spec(config)) + input_arrays(spec(config), 1, 1)
        wanted = config.check.blocks
        for info in infos:
            if wanted == "all" or info.block in wanted:
                yield BlockTest.from_parent(self, name=info.name, block=info.block)
        if config.target is not None:
            yield AnswerTest.from_parent(self, name="conformance")
            yield AnswerTest.from_parent(self, name="purity")
            for name in config.target.behaviours:
                yield AnswerTest.from_parent(self, name=name)

    def report(self) -> Report:
        """The report, with a diagnosis. Raises LstmcheckError as `check` does."""
        if self._report is None:
            from lstmcheck.api import check

            assert self._config is not None
            self._report = check(self._config)
        return self._report


class _Test(pytest.Item):
    parent: ConfigurationFile

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The message alone: a traceback would show pytest and lstmcheck."""
        from lstmcheck.errors import LstmcheckError

        if isinstance(excinfo.value, DisagreementError | LstmcheckError):
            return Message(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, self.name


class BlockTest(_Test):
    """All gates of one array."""

    def __init__(self, *, block: str, **named: Any) -> None:
        super().__init__(**named)
        self.block = block

    def runtest(self) -> None:
        """Raises DisagreementError unless every gate comes back and passes; skips what is not asked for."""
        from lstmcheck.judge.verdict import Verdict
        from lstmcheck.lstm.gates import GATES, gate_label
        from lstmcheck.report.run import coverage, failure, words

        report = self.parent.report()
        mine = {self.name, *(gate_label(self.name, gate) for gate in GATES)}
        if mine & set(report.coverage.missing):
            raise DisagreementError(f"{words.title(report)}\n{next(coverage.judged_sentences(report))[1]}")
        gates = [gate for gate in report.blocks if self._is_mine(gate.info.name, gate.info.block)]
        if not gates:
            pytest.skip("not covered: the protocol has no place for it")
        wrong = [gate for gate in gates if gate.verdict != Verdict.PASS]
        if wrong:
            from lstmcheck.report.run import diagnosis, wrong_lines

            found = [*diagnosis.sentences(report), *wrong_lines.sentences(report)]
            lines = [failure.first_line(report), *failure.gates(wrong), *found]
            raise DisagreementError("\n".join([*lines, f"All of it: lstmcheck run {self.path}"]))

    def _is_mine(self, name: str, block: str) -> bool:
        # A torch module may have two biases where the configuration does not say.
        return name == self.name or (self.block == "b" and block in ("b_ih", "b_hh"))


class AnswerTest(_Test):
    """What is asked of a target beside its gradients."""

    def runtest(self) -> None:
        """Raises DisagreementError unless it passes; skips what cannot be asked."""
        from lstmcheck.judge.verdict import Verdict
        from lstmcheck.report.run import answers as answered

        answers = {name: (verdict, told) for name, verdict, told in answered.answers(self.parent.report())}
        if self.name not in answers:
            pytest.skip("not asked: the target shows no outputs")
        verdict, told = answers[self.name]
        if verdict is None:
            pytest.skip(told)
        if verdict != Verdict.PASS:
            raise DisagreementError(told)
        if self.name in answered.with_warnings(self.parent.report()):
            self.warn(pytest.PytestWarning(told))
