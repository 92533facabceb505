"""Which files a command line means, what they are called, and what is refused; how a list is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterable
from pathlib import Path

import jsonschema
import pytest
from homework import hand_in
from test_many_targets import TINY, invoke

import lstmcheck.cli.marking
from lstmcheck.errors import LstmcheckError
from lstmcheck.marking.find_targets import find_targets, is_one_file, names_of
from lstmcheck.report.marking.feedback import Feedback
from lstmcheck.report.schema import schema
from lstmcheck.sweep.executors import Executor, in_this_process
from lstmcheck.sweep.work import AnyRecord, Work

QUICK = ("--set", "target.behaviour=[]", "-j", 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files of two students in folders of their own, and what else lies about."""
    for name in ("ada/lstm.py", "bob/lstm.py", "bob/_parts.py", "bob/notes.txt", "bob/lstm.ipynb", "[c].py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["*/lstm.py"], ["ada/lstm.py", "bob/lstm.py"]),
        (["**/*.py"], ["[c].py", "ada/lstm.py", "bob/_parts.py", "bob/lstm.py"]),
        (["bob"], ["lstm.ipynb", "lstm.py"]),
        (["ada", "ada/lstm.py", "bob/lstm.py", "*/lstm.py"], ["ada/lstm.py", "bob/lstm.py"]),
        (["[c].py", "ada"], ["[c].py", "ada/lstm.py"]),
    ],
)
def test_folders_patterns_and_files_are_found_once_each(
    words: list[str], names: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    files = find_targets(words)
    assert names_of(files) == names
    assert all(path.is_absolute() for path in files)


def test_one_file_is_no_list_even_with_brackets_in_its_name(folder: Path) -> None:
    assert is_one_file([str(folder / "[c].py")])
    assert is_one_file([str(folder / "nowhere.py")])
    assert not is_one_file([str(folder / "*" / "lstm.py")])
    assert not is_one_file([str(folder)])


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("*.txt", "no file fits"),
        ("empty", "no file *.py or *.ipynb in this folder"),
        ("no.py", "no such file"),
    ],
)
def test_a_word_that_means_nothing_is_told(
    word: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    with pytest.raises(LstmcheckError) as raised:
        find_targets([word])
    assert told in str(raised.value)


def test_no_two_pages_have_one_name(tmp_path: Path) -> None:
    names = ["a_b.py", "a/b.py", "A/B.py", "a_b.ipynb", "c.py"]
    pages = Feedback(tmp_path / "new" / "pages", names)._pages
    assert len({page.lower() for page in pages.values()}) == len(names)
    assert (pages["a_b.py"], pages["c.py"]) == ("a_b.md", "c.md")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--feedback", "pages"], "for many targets, and none is named"),
        (["--target", "a.py", "--target", "b.py"], "there is no such file"),
        (["--target", "{folder}", "--export", "npz=a.npz"], "npz holds one report"),
        (["--target", "{folder}", "--resume"], "nothing to resume"),
        (["--target", "{folder}", "--mistake", "no-recurrence"], "Leave out one of the two"),
        (["--target", "{folder}", "--command", "./a.out"], "many targets are files"),
        (["--target", "{folder}", "--gradients", "a.npz"], "many targets are files"),
        (["--target", "{folder}", "--protocol", "plainer"], "Did you mean 'plain'"),
        (["--target", "{folder}", "--set", "lstm.hidden_size=0"], "expected an integer of at least 1"),
        (["--target", "{folder}", "--export", "json={folder}/right.py"], "this file is read"),
        (["--target", "{folder}", "--feedback", "{folder}/right.py"], "no pages can be written there"),
        (["right.py", "--target", "wrong.py"], "put a pattern in quotes"),
        ([], "no configuration is named"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_checked(
    options: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(lstmcheck.cli.marking, "run_cases", None)
    homework = hand_in(tmp_path / "homework", ["right.py"])
    words = [option.format(folder=homework) for option in options]
    config = [] if not options else [tmp_path / "tiny.yaml"]
    (tmp_path / "tiny.yaml").write_text(TINY)
    found = invoke(*config, *words)
    assert found.exit_code == 2
    assert told in found.stderr


def here(after: int | None = None) -> Callable[..., Executor]:
    """Makes executors that work in this process, and are interrupted after so many cases."""

    def execute(job: Work[AnyRecord], numbers: Iterable[int]) -> Generator[AnyRecord, None, None]:
        for done, record in enumerate(in_this_process(job, numbers)):
            if done == after:
                raise KeyboardInterrupt
            yield record

    return lambda *_: execute


def test_ctrl_c_keeps_tells_and_shows_what_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lstmcheck.sweep.executors.in_processes", here(after=1))
    homework = hand_in(tmp_path / "homework", ["empty.py", "renamed.py", "right.py"])
    kept = ("--results", tmp_path / "kept.jsonl", "--feedback", tmp_path / "pages")
    exported = ("--export", f"json={tmp_path / 'all.json'}", "--export", f"gitlab={tmp_path / 'all.gitlab'}")
    found = invoke("--target", homework, *QUICK, *kept, *exported)
    assert found.exit_code == 130
    assert "1 of 3 checks are done; they are in" in found.stderr
    assert "go on with --resume" in found.stderr
    assert "2 not checked yet; 1 target: 1 could not be run" in found.stdout.splitlines()[-1]
    assert [path.name for path in (tmp_path / "pages").iterdir()] == ["empty.md"]
    document = json.loads((tmp_path / "all.json").read_text())
    jsonschema.validate(document, schema())
    assert document["summary"]["missing"] == 2
    issues = json.loads((tmp_path / "all.gitlab").read_text())
    assert any("2 cases have no result" in issue["description"] for issue in issues)
    assert len((tmp_path / "kept.jsonl").read_text().splitlines()) == 2


def test_several_configurations_make_a_row_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The layers of one contradict the protocol that is guessed for one of the targets."""
    monkeypatch.setattr("lstmcheck.sweep.executors.in_processes", here())
    homework = hand_in(tmp_path / "homework", ["right.py"])
    (homework / "steps.py").write_text("def lstm_step_forward(): ...\ndef lstm_step_backward(): ...\n")
    for name, layers in (("one", 1), ("two", 2)):
        (tmp_path / f"{name}.yaml").write_text(TINY.replace("3}\ns", f"3, num_layers: {layers}}}\ns", 1))
    configs = (tmp_path / "one.yaml", tmp_path / "two.yaml")
    pages = ("--feedback", tmp_path / "pages")
    found = invoke(*configs, "--target", homework, *QUICK, *pages, "--output-format", "json")
    rows = {(row["target"], row["configuration"]): row for row in json.loads(found.stdout)["targets"]}
    assert len(rows) == 4
    assert rows["right.py", "one"]["verdict"] == "pass"
    assert rows["right.py", "two"]["verdict"] == "error"  # it is one cell
    assert "steps" in rows["steps.py", "one"]["file"]
    assert rows["steps.py", "two"]["diagnosis"] == "protocol cs231n-step has one layer; num_layers is 2."
    page = (tmp_path / "pages" / "steps.md").read_text()
    assert page.count("### steps.py") == 2


def test_the_texts_of_a_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lstmcheck.sweep.executors.in_processes", here())
    homework = hand_in(tmp_path / "homework", ["right.py", "renamed.py"])
    (tmp_path / "tiny.yaml").write_text(TINY)
    command = (tmp_path / "tiny.yaml", "--target", homework, *QUICK)
    results = ("--results", tmp_path / "kept.jsonl")
    quiet = invoke(*command, *results, "-q").stdout.splitlines()
    assert [line.partition(" · ")[0] for line in quiet] == [
        "inconclusive: 2 targets: 1 passed, 1 could not be run"
    ]
    again = (*command, *results, "--resume")
    verbose = invoke(*again, "-v").stdout
    assert "tiny: T=3 B=2 D=2 H=3, target" in verbose
    assert "renamed.py: could not be run" in verbose
    failures = invoke(*again, "--only-failures").stdout
    assert "renamed.py" in failures
    assert "right.py" not in failures
    nothing = invoke(*again, "-qq")
    assert (nothing.stdout, nothing.exit_code) == ("", 2)


def test_a_check_that_was_ended_early_is_no_pass_and_is_checked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lstmcheck.sweep.executors.in_processes", here())
    homework = hand_in(tmp_path / "homework", ["right.py"])
    (tmp_path / "tiny.yaml").write_text(TINY)
    results = tmp_path / "kept.jsonl"
    command = (tmp_path / "tiny.yaml", "--target", homework, *QUICK, "--results", results, "--resume", "-q")
    ended = invoke(*command, "--max-seconds", 1e-9)
    assert ended.exit_code in (1, 2)
    assert ended.stdout.startswith("inconclusive: ")
    found = invoke(*command)
    assert (found.exit_code, found.stdout[:5]) == (0, "pass:")


def test_a_remedy_follows_its_problem_and_that_of_several_ends_the_list(tmp_path: Path) -> None:
    several = "def lstm_forward(*all): ...\ndef lstm_backward(*all): ...\n"
    sources = {"a.py": several, "b.py": "class MyLSTM: ...\ndef step(x): ...\n", "c.py": several}
    for name, source in sources.items():
        (tmp_path / name).write_text(source)
    words = " ".join(invoke("--target", tmp_path, *QUICK).stdout.split())
    parts = (
        "a.py: its functions fit",
        "b.py: by their",
        "writes an adapter.",
        "c.py: its",
        "--protocol chooses one.",
    )
    places = [words.index(part) for part in parts]
    assert places == sorted(places)
    assert words.count("--protocol chooses one.") == 1
