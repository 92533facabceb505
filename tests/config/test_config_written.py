"""What is written: the schema, shown configurations, the template, the shipped files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from config_helpers import LSTM

from lstmcheck.config import load, parse, schema, show, spec, template
from lstmcheck.config.phrases import sections

CONFIGS = Path(__file__).parents[2] / "configs"
SHIPPED = sorted(CONFIGS.glob("*.yaml"))
MODELINE = "# yaml-language-server: $schema=lstmcheck.schema.json"

NOTHING_BY_DEFAULT = ("arrays", "target", "sweep")
"""Sections that are null unless they are written."""


def described(node: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for owner in (node, *node["$defs"].values()):
        yield from owner["properties"].items()


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


def test_every_key_of_the_schema_is_described_in_one_line() -> None:
    assert all(re.fullmatch(r"[^\n]{3,100}", key["description"]) for _, key in described(schema()))


def test_the_schema_takes_what_show_writes_and_refuses_what_load_refuses() -> None:
    validator = jsonschema.Draft202012Validator(schema())
    good = parse(LSTM, name="a").model_dump(mode="json")
    assert validator.is_valid(good)
    assert not validator.is_valid(good | {"seeds": 1})
    assert not validator.is_valid(good | {"version": 2})
    assert not validator.is_valid(good | {"loss": {"scale": 0}})
    assert not validator.is_valid(good | {"loss": {"on": ["cell", "cell"]}})


def test_the_shipped_schema_is_the_schema() -> None:
    shipped = json.loads((CONFIGS / "lstmcheck.schema.json").read_text())
    assert shipped == schema(), "renew it: lstmcheck schema > configs/lstmcheck.schema.json"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_configuration_loads_under_its_own_name(path: Path) -> None:
    assert load(path).name == path.stem


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_configuration_says_what_it_is_for(path: Path) -> None:
    first, second, *_ = path.read_text().splitlines()
    assert first == MODELINE
    assert re.match(r"# .{20,}", second)


def test_the_shipped_configurations_switch_on_what_they_are_named_for() -> None:
    nets = {path.stem: spec(load(path)) for path in SHIPPED}
    assert (nets["one-neuron"].input_size, nets["one-neuron"].hidden_size) == (1, 1)
    assert (nets["deep-bidirectional"].num_layers, nets["deep-bidirectional"].directions) == (3, 2)
    assert nets["peephole"].peephole
    assert nets["coupled"].coupled
    assert nets["projected"].proj_size
    assert nets["two-biases"].bias == "two"
    assert load(CONFIGS / "padded.yaml").sequence.lengths
    assert load(CONFIGS / "long.yaml").sequence.length == 100


def test_show_writes_every_key_and_loads_again() -> None:
    config = parse(f"{LSTM}sequence: {{lengths: [5, 1, 3]}}\nseed: 3", name="small.yaml")
    shown = show(config)
    assert parse(shown, name="elsewhere/other.yaml") == config
    keys = {line.split(":")[0].strip() for line in shown.splitlines()}
    assert keys >= {
        key
        for name, section in sections().items()
        if name.split(".")[0] not in NOTHING_BY_DEFAULT and name != "lstm.activations"
        for key in section
    }


@pytest.mark.parametrize(
    "name", ["no", "1", "1e-6", "a: b", "# x", "'", '"', "é ü 漢", "- a", " a ", "null", "*a", "😀"]
)
def test_show_quotes_what_would_be_read_as_something_else(name: str) -> None:
    config = parse(LSTM + f"name: {json.dumps(name, ensure_ascii=False)}", name="a")
    assert config.name == name
    assert parse(show(config), name="a") == config


def test_show_writes_the_arrays_file_so_that_it_is_found_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "a.yaml").write_text(f"{LSTM}arrays: {{file: my.npz}}")
    monkeypatch.chdir(tmp_path)
    config = load("inner/a.yaml")
    shown = parse(show(config), name="/somewhere/else.yaml")
    assert shown.arrays_path == tmp_path / "inner" / "my.npz"
    assert shown == config


def test_show_writes_floats_that_readers_of_yaml_1_1_take_for_numbers_too() -> None:
    assert "rtol: 1.0e-06\n" in show(parse(LSTM, name="a"))


def test_the_template_is_the_defaults_and_two_sizes() -> None:
    assert parse(template(), name="small.yaml") == parse(LSTM, name="small.yaml")


def test_the_template_comments_every_key() -> None:
    lines = [line for line in template().splitlines() if re.match(r"\s*(# )?[\w-]+: ?\S* *", line)]
    keys = {line.strip("# ").split(":")[0]: line for line in lines if line != MODELINE}
    wanted = {
        key
        for name, section in sections().items()
        if name.split(".")[0] not in NOTHING_BY_DEFAULT and name != "lstm.activations"
        for key in section
    }
    assert wanted <= set(keys)
    assert all("  # " in keys[key] or "} # " in keys[key] for key in wanted)


def test_the_template_sees_as_much_as_a_check_can() -> None:
    config = parse(template(), name="a")
    sizes = (config.lstm.input_size, config.lstm.hidden_size, config.sequence.length, config.sequence.batch)
    assert len(set(sizes)) == 4
    assert config.sequence.length >= 3
    assert config.sequence.initial_state == "random"
    assert config.loss.on == ("outputs", "hidden", "cell")
