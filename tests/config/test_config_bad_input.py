from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from config_helpers import LSTM, only_problem, problems

from lstmcheck.config import load, parse
from lstmcheck.config.phrases import sections
from lstmcheck.config.text_files import MAX_BYTES
from lstmcheck.errors import LstmcheckError

JARGON = re.compile(
    r"Input should|valid (integer|number|string|boolean)|literal|pydantic|tuple|dictionary|dict\b"
)


def test_a_message_says_where_what_remedy_and_shows_the_line() -> None:
    assert str(only_problem("lstm:\n  input_size: 4\n  hidden_size: 6\n  hiden_size: 6\n")) == (
        "small.yaml:4:3: unknown key 'hiden_size' in lstm. Did you mean 'hidden_size'?\n"
        "  4 |   hiden_size: 6\n"
        "    |   ^^^^^^^^^^"
    )


SIZES = "input_size: 4, hidden_size: 6"


@pytest.mark.parametrize(
    ("text", "what", "remedy"),
    [
        (f"{LSTM}sed: 1", "'sed'", "'seed'"),
        (f"lstm: {{{SIZES}, peephol: true}}", "'peephol' in lstm", "'peephole'"),
        (f"lstm: {{{SIZES}, Num_Layers: 2}}", "'Num_Layers' in lstm", "'num_layers'"),
        (f"lstm: {{{SIZES}, activations: {{gates: relu}}}}", "'gates' in lstm.activations", "'gate'"),
        (f"{LSTM}sequence: {{lenght: 3}}", "'lenght' in sequence", "'length'"),
        (f"{LSTM}loss: {{knd: projection}}", "'knd' in loss", "'kind'"),
        (f"{LSTM}arrays: {{file: a.npz, flie: b}}", "'flie' in arrays", "'file'"),
        (f"{LSTM}check: {{blcks: all}}", "'blcks' in check", "'blocks'"),
        (f"{LSTM}hidden_size: 3", "'hidden_size'", "'lstm.hidden_size'"),
        (
            f"{LSTM}check: {{quokka: 1}}",
            "'quokka' in check",
            "Keys here: reference, step, rtol, blocks, entries, method, miss_probability.",
        ),
        (f"{LSTM}1: 2", "'1'", "Keys here"),
        (f"{LSTM}check: {{rtol:1e-5}}", "'rtol:1e-5' in check", "A space is missing behind 'rtol:'."),
    ],
)
def test_an_unknown_key_is_told_with_the_near_one(text: str, what: str, remedy: str) -> None:
    problem = only_problem(text)
    assert problem.what == f"unknown key {what}."
    assert problem.remedy is not None
    assert remedy in problem.remedy


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("seed: 1\n", "small.yaml:1:1", "missing key 'lstm'."),
        ("seed: 1\nlstm: {input_size: 4}", "small.yaml:2:1", "missing key 'hidden_size' in lstm."),
        ("seed: 1\nlstm:\n  hidden_size: 4", "small.yaml:2:1", "missing key 'input_size' in lstm."),
        (f"{LSTM}arrays: {{}}", "small.yaml:2:1", "missing key 'file' in arrays."),
    ],
)
def test_a_missing_key_points_at_the_section_that_lacks_it(text: str, where: str, what: str) -> None:
    problem = only_problem(text)
    assert (problem.where, problem.what) == (where, what)


@pytest.mark.parametrize(
    ("key", "written", "what"),
    [
        ("lstm.hidden_size", "true", "expected an integer of at least 1, got true."),
        ("lstm.hidden_size", "2.5", "expected an integer of at least 1, got 2.5."),
        ("lstm.hidden_size", "2.0", "expected an integer of at least 1, got 2.0."),
        ("lstm.hidden_size", "0", "expected an integer of at least 1, got 0."),
        ("lstm.hidden_size", "-3", "expected an integer of at least 1, got -3."),
        ("lstm.hidden_size", "'4'", "expected an integer of at least 1, got '4'."),
        ("lstm.hidden_size", "[4]", "expected an integer of at least 1, got a list."),
        ("lstm.hidden_size", "{a: 4}", "expected an integer of at least 1, got keys and values."),
        ("lstm.hidden_size", "", "expected an integer of at least 1, got nothing."),
        ("lstm.hidden_size", "2020-01-01", "expected an integer of at least 1, got '2020-01-01'."),
        ("lstm.hidden_size", "9999999999", "expected an integer from 1 to 2147483647, got 9999999999."),
        ("lstm.proj_size", "none", "expected an integer of at least 1 or null, got 'none'."),
        ("lstm.bidirectional", "yes", "expected true or false, got 'yes'."),
        ("lstm.bidirectional", "1", "expected true or false, got 1."),
        ("lstm.bias", "three", "expected one, two or none, got 'three'."),
        ("lstm.bias", "false", "expected one, two or none, got false."),
        ("lstm.forget_bias", ".inf", "expected a finite number, got .inf."),
        ("lstm.init_scale", "0", "expected a finite number above 0 or null, got 0."),
        ("lstm.activations", "relu", "expected keys such as gate, candidate, got 'relu'."),
        ("sequence", "[5]", "expected keys such as length, batch, got a list."),
        ("sequence.lengths", "3", "expected a list of integers of at least 1 or null, got 3."),
        (
            "sequence.lengths",
            "[]",
            "expected a list of integers of at least 1 or null, got a list without entries.",
        ),
        ("loss.on", "[]", "expected a list of some of outputs, hidden, cell, got a list without entries."),
        ("loss.on", "cell", "expected a list of some of outputs, hidden, cell, got 'cell'."),
        ("loss.scale", "0", "expected a number of size 1e-100 to 1e+100, got 0."),
        ("loss.scale", "-0.0", "expected a number of size 1e-100 to 1e+100, got -0.0."),
        ("loss.scale", "-.inf", "expected a number of size 1e-100 to 1e+100, got -.inf."),
        ("loss.scale", "1e999", "expected a number of size 1e-100 to 1e+100, got .inf."),
        ("check.rtol", ".nan", "expected a finite number above 0 and below 1, got .nan."),
        ("check.rtol", ".inf", "expected a finite number above 0 and below 1, got .inf."),
        ("check.rtol", "0", "expected a finite number above 0 and below 1, got 0."),
        ("check.rtol", "1", "expected a finite number above 0 and below 1, got 1."),
        ("check.rtol", "true", "expected a finite number above 0 and below 1, got true."),
        ("check.rtol", "'1e-6'", "expected a finite number above 0 and below 1, got '1e-6'."),
        ("check.step", "-1e-6", "expected auto or a finite number above 0, got -1e-06."),
        ("check.step", ".nan", "expected auto or a finite number above 0, got .nan."),
        ("check.entries", "0", "expected all or an integer of at least 1, got 0."),
        ("seed", "-1", "expected an integer of at least 0, got -1."),
        ("seed", "1.5", "expected an integer of at least 0, got 1.5."),
        ("version", "2", "expected 1, got 2."),
        ("version", "true", "expected 1, got true."),
        ("version", "'1'", "expected 1, got '1'."),
        ("name", "3", "expected text, got 3."),
        ("name", "''", "expected text that is not empty, got ''."),
        ("arrays", "a.npz", "expected keys such as file, convention or null, got 'a.npz'."),
    ],
)
def test_a_wrong_value_is_told_as_wanted_and_got(key: str, written: str, what: str) -> None:
    assert only_problem(LSTM, f"{key}={written}").what == what


@pytest.mark.parametrize(
    ("key", "written", "remedy"),
    [
        ("lstm.hidden_size", "'4'", "Remove the quotes."),
        ("lstm.bidirectional", "'true'", "YAML 1.2 has true and false, without quotes."),
        ("lstm.activations.gate", "sigmod", "Did you mean 'sigmoid'?"),
        ("check.step", "Auto", "Did you mean 'auto'?"),
        ("check.blocks", "W", "Write [W]."),
        ("loss", "", "Give it a value, or remove the key."),
        ("version", "2", "This lstmcheck reads version 1."),
    ],
)
def test_a_probable_slip_comes_with_its_remedy(key: str, written: str, remedy: str) -> None:
    assert only_problem(LSTM, f"{key}={written}").remedy == remedy


ALL_KEYS = [f"{section}.{key}".lstrip(".") for section, keys in sections().items() for key in keys]
VALUES = [
    "true",
    "-7",
    "1.5",
    ".nan",
    "word",
    "[]",
    "[word, 1, true]",
    "{a: {b: 1}}",
    "[[1]]",
    "0x" + "f" * 5000,
]


@pytest.mark.parametrize("key", ALL_KEYS)
def test_no_key_answers_a_wrong_value_in_words_of_a_library(key: str) -> None:
    told = [_told_of(key, value) for value in VALUES]
    assert [each for each in told if JARGON.search(each)] == []


def _told_of(key: str, value: str) -> str:
    try:
        parse(LSTM, name="small.yaml", overrides=[f"{key}={value}"])
    except LstmcheckError as error:
        return str(error)
    return ""


def test_an_item_of_a_list_is_pointed_at_itself() -> None:
    problem = only_problem(f"{LSTM}check:\n  blocks: [W, Q, U]\n")
    assert problem.where == "small.yaml:3:15"
    assert problem.what.startswith("check.blocks[1]: expected W, U, b")


def test_all_problems_are_told_at_once_in_order_of_line() -> None:
    text = """\
version: 2
lstm:
  input_size: 4
  proj_size: 6
  hidden_size: 6
  input_size: 5
check:
  rtol: .nan
  blokcs: all
  step: 0
sequence: {lengths: [5, 9]}
"""
    found = problems(text, "loss.scale=0", "seed=x")
    assert [str(problem.where).removeprefix("small.yaml:") for problem in found] == [
        "1:10",
        "4:14",
        "6:3",
        "8:9",
        "9:3",
        "10:9",
        "11:21",
        "11:25",
        "--set seed=x",
        "--set loss.scale=0",
    ]


def test_a_rule_is_silent_about_a_key_that_is_wrong_by_itself() -> None:
    assert problems("lstm: {input_size: 4, hidden_size: x, proj_size: 9}")[0].what.startswith(
        "lstm.hidden_size:"
    )
    assert len(problems("lstm: {input_size: 4, hidden_size: x, proj_size: 9}")) == 1
    assert len(problems("lstm: 5\nsequence: {lengths: [1]}\n")) == 2


def test_a_flood_of_problems_is_cut_and_counted() -> None:
    found = problems(f"{LSTM}sequence: {{lengths: [{'0, ' * 100}]}}")
    assert str(found[-1]) == "... and 80 more problems."
    assert len(found) == 21


def test_a_long_line_is_cut_around_the_problem() -> None:
    excerpt = only_problem(f"{LSTM}sequence: {{lengths: [{'1, ' * 200}x]}}").excerpt
    assert excerpt is not None
    shown, marks = excerpt.splitlines()
    assert len(shown) < 110
    assert shown[marks.index("^")] == "x"


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("", "small.yaml", "the file holds no configuration."),
        ("# only this\n", "small.yaml", "the file holds no configuration."),
        ("---\n...\n", "small.yaml", "the file holds no configuration."),
        ("- lstm\n", "small.yaml:1:1", "expected keys and values, got a list."),
        ("\nlstm", "small.yaml:2:1", "expected keys and values, got a single value."),
        ("seed: 1\nlstm: 2\nseed: 1\n", "small.yaml:3:1", "the key 'seed' is given twice, first on line 1."),
        ("lstm: 2\n? [a]\n: b", "small.yaml:2:3", "a key must be a word, not a list or a mapping."),
        ("lstm:\n\tinput_size: 4", "small.yaml:2:1", "a tab stands where YAML wants spaces."),
        ("lstm: a: b", "small.yaml:1:8", "a ':' stands where no key can be."),
        ("lstm: {a: 1", "small.yaml:1:7", "the bracket or brace opened here is not closed"),
        ("lstm: [1, 2\nb: 3\n", "small.yaml:1:7", "the bracket or brace opened here is not closed"),
        ("name: 'abc", "small.yaml:1:7", "the quotation mark opened here is not closed."),
        ("lstm:\n    a: 1\n  b: 2\n", "small.yaml:3:3", "this fits no key or item of the lines above."),
        ("lstm: 1\nb\n", "small.yaml:3:1", "expected a ':' behind the key."),
        ("a: {b: 1}}", "small.yaml:1:10", "this fits no key or item of the lines above."),
        ("{a: 1}}", "small.yaml:1:7", "this stands behind the end of the configuration."),
        ("a: ]", "small.yaml:1:4", "a value is missing here."),
        (
            "a: &",
            "small.yaml:1:5",
            "broken YAML: expected alphabetic or numeric character, but found the end of the text.",
        ),
        ("name: @b", "small.yaml:1:7", "character '@' begins no value."),
        ('name: "\\q"', "small.yaml:1:9", "a backslash in double quotes begins an unknown escape."),
        (
            "a: !!python/object:os.system {}",
            "small.yaml:1:4",
            "tags such as '!!python/object:os.system' are not read",
        ),
        ("a: !foo 3", "small.yaml:1:4", "tags such as '!foo' are not read"),
        ("a: !!int 3", "small.yaml:1:4", "tags such as"),
        ("a: &x 3\nb: *x", "small.yaml:2:4", "aliases such as '*x' are not read"),
        ("a: *x", "small.yaml:1:4", "aliases such as '*x' are not read"),
        ("a: 1\n---\nb: 2\n", "small.yaml:2:1", "a second document begins here"),
        ("%YAML 1.1\n---\na: no", "small.yaml:2:1", "expected YAML 1.2, got YAML 1.1."),
        ("[" * 100_000, "small.yaml:1:11", "nested more than 10 deep."),
        ("a: " + "{a: " * 100_000, "small.yaml:1:40", "nested more than 10 deep."),
        ("- " * 100_000, "small.yaml:1:21", "nested more than 10 deep."),
        ("name: a\x07b", "small.yaml:1:8", "character U+0007 is not allowed in YAML."),
        ("a: b\nname: \ud800", "small.yaml:2:7", "character U+D800 is not allowed in YAML."),
    ],
)
def test_what_is_no_configuration_is_refused_with_its_place(text: str, where: str, what: str) -> None:
    problem = problems(text)[-1] if "lstm: 2" in text else only_problem(text)
    assert problem.where == where
    assert problem.what.startswith(what)


def test_aliases_that_would_grow_without_bound_are_refused_before_they_grow() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    assert only_problem("\n".join(rows)).what.startswith("aliases")


@pytest.mark.parametrize(
    ("content", "where", "what"),
    [
        (b"lstm: 1\nname: \xff\n", ":2:7", "byte 0xff is not UTF-8 text."),
        (b"PK\x03\x04\x00\x00", "", "this is a binary file, not a configuration in YAML."),
        ("lstm: 1".encode("utf-16"), "", "this is UTF-16 text."),
        (b"#" * (MAX_BYTES + 1), "", f"this is longer than {MAX_BYTES // 1024} KiB: not a configuration."),
    ],
)
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, content: bytes, where: str, what: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(content)
    with pytest.raises(LstmcheckError) as caught:
        load(path)
    (problem,) = caught.value.problems
    assert (problem.where, problem.what) == (f"{path}{where}", what)


def test_binary_standard_input_is_refused_like_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\0")))
    with pytest.raises(LstmcheckError, match="<stdin>: this is a binary file"):
        load("-")


@pytest.mark.parametrize("wrong", ["smal.yaml", "small.yml", "Small.yaml"])
def test_a_missing_file_comes_with_the_near_one(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "small.yaml").write_text(LSTM)
    with pytest.raises(LstmcheckError) as caught:
        load(tmp_path / wrong)
    assert str(caught.value) == f"{tmp_path / wrong}: no such file. Did you mean '{tmp_path / 'small.yaml'}'?"


def test_a_missing_folder_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(LstmcheckError, match=r"no such file\. There is no folder '.*nowhere' either\."):
        load(tmp_path / "nowhere" / "small.yaml")


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LstmcheckError, match=r"this is a directory\. Name a file in it\."):
        load(tmp_path)


def test_an_unreadable_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(LstmcheckError, match="this file may not be read"):
        load(tmp_path / "a.yaml")


@pytest.mark.parametrize("name", ["a" * 5000, "a\0b", "small.yaml/inner.yaml"])
def test_an_impossible_file_name_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "small.yaml").write_text(LSTM)
    with pytest.raises(LstmcheckError):
        load(f"{tmp_path}/{name}")


@pytest.mark.parametrize(
    ("override", "what"),
    [
        ("lstm.hiden_size=4", "unknown key 'hiden_size' in lstm. Did you mean 'hidden_size'?"),
        ("hidden_size=4", "unknown key 'hidden_size'. Did you mean 'lstm.hidden_size'?"),
        ("lstm.hidden_size=abc", "expected an integer of at least 1, got 'abc'."),
        ("lstm.hidden_size", "expected KEY=VALUE, as in --set lstm.hidden_size=16."),
        ("=3", "expected KEY=VALUE, as in --set lstm.hidden_size=16."),
        ("lstm.=3", "expected KEY=VALUE, as in --set lstm.hidden_size=16."),
        ("check.blocks=[W", "the bracket or brace opened here is not closed, or a comma is missing in it."),
        ("check.blocks=*all", "aliases such as '*all' are not read: write the value out."),
        ("loss={kind: projection, kind: projection}", "the key 'kind' is given twice. Keep one."),
        ("lstm.proj_size=7", "proj_size must be below hidden_size, which is 6; got 7."),
        ("seed.inner=7", "expected an integer of at least 0, got keys and values."),
    ],
)
def test_a_wrong_override_is_told_by_the_option(override: str, what: str) -> None:
    (problem,) = problems(LSTM, override)
    assert str(problem) == f"--set {override}: {what}"


def test_a_wrong_seed_is_told_by_its_option() -> None:
    (problem,) = problems(LSTM, seed=-1)
    assert problem.where == "--seed -1"


def test_an_override_inside_a_value_is_told_beside_that_value() -> None:
    of_the_file, of_the_option = problems(f"{LSTM}check: 4", "check.rtol=1e-3")
    assert str(of_the_option) == "--set check.rtol=1e-3: check holds a value here, no keys."
    assert (of_the_file.where, of_the_file.what) == (
        "small.yaml:2:8",
        "check: expected keys such as reference, step, got 4.",
    )
