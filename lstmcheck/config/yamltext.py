"""YAML 1.2 as configurations use it: mappings, lists and plain values. No tags, aliases or documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StreamMark, YAMLError
from ruamel.yaml.events import AliasEvent, DocumentStartEvent, Event
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from lstmcheck.config.source import Loc, Place, Source, Text, Told
from lstmcheck.errors import LstmcheckError, Problem

MAX_DEPTH = 10
UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def source_of(text: str, name: str) -> Source:
    """Data and places of a YAML text that comes from the file `name`.

    Duplicate keys are left in `told`, beside which everything else can still be checked. Raises
    LstmcheckError for a text that YAML cannot read, that uses what configurations have no use for,
    or that is not a mapping.
    """
    text = text.removeprefix("\ufeff")
    lines = tuple(text.splitlines())
    tree = _tree(text, Text(name, lines))
    folder = Path(name).parent
    return Source(name, folder, tree.root_mapping(), tree.keys, tree.values, tuple(tree.told))


def override_source(text: str, option: str) -> Source:
    """Data `{"value": …}` of a value given in the option `option`, to which all its places point."""
    tree = _tree(text, Text(option, None), below=("value",))
    tree.values.setdefault(("value",), Place(option))
    tree.keys[("value",)] = Place(option)
    return Source(option, Path(), {"value": tree.data}, tree.keys, tree.values, tuple(tree.told))


def _tree(text: str, told: Text, below: Loc = ()) -> _Tree:
    _refuse_unprintable(text, told)
    tree = _Tree(told)
    try:
        _refuse_unwanted(YAML(typ="safe", pure=True).parse(text), told)
        node = YAML(typ="safe", pure=True).compose(text)
    except YAMLError as error:
        raise LstmcheckError(_told(error, told)) from None
    if node is not None:
        tree.data = tree.read(node, below)
    return tree


@dataclass
class _Tree:
    """Nodes turned into data, their places collected on the way."""

    text: Text
    data: Any = None
    keys: dict[Loc, Place] = field(default_factory=dict)
    values: dict[Loc, Place] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)

    def root_mapping(self) -> dict[str, Any]:
        if isinstance(self.data, dict):
            return self.data
        kind = "a list" if isinstance(self.data, tuple) else "a single value"
        what = (
            "the file holds no configuration"
            if self.data is None
            else f"expected keys and values, got {kind}"
        )
        place = Place(self.text.name) if self.data is None else self.values[()]
        raise LstmcheckError(place.problem(f"{what}.", "`lstmcheck init` writes one to start from."))

    def read(self, node: Node, loc: Loc) -> Any:
        self.values[loc] = self._value_place(node, loc)
        if isinstance(node, MappingNode):
            return self._mapping(node, loc)
        if isinstance(node, SequenceNode):
            return tuple(self.read(item, (*loc, index)) for index, item in enumerate(node.value))
        return _scalar(str(node.tag), str(node.value))

    def _mapping(self, node: MappingNode, loc: Loc) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            place = self._place(key_node)
            if not isinstance(key_node, ScalarNode):
                self.told.append(place.tell("a key must be a word, not a list or a mapping."))
                continue
            key = key_node.value
            if key in data:
                first = self.keys[*loc, key].line
                seen = f", first on line {first}" if first else ""
                self.told.append(place.tell(f"the key '{key}' is given twice{seen}.", "Keep one."))
                continue
            self.keys[*loc, key] = place
            data[key] = self.read(value_node, (*loc, key))
        return data

    def _value_place(self, node: Node, loc: Loc) -> Place:
        is_block = isinstance(node, MappingNode | SequenceNode) and not node.flow_style
        is_empty = node.start_mark.index == node.end_mark.index
        return self.keys[loc] if (is_block or is_empty) and loc in self.keys else self._place(node)

    def _place(self, node: Node) -> Place:
        start, end = node.start_mark, node.end_mark
        return self.text.place(start.line, start.column, end.column if end.line == start.line else None)


def _scalar(tag: str, text: str) -> Any:
    try:
        return _SCALARS.get(tag.rpartition(":")[2], str)(text)
    except ValueError:  # "1__0", or more digits than Python converts: no number then
        return text


def _int(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        return int(text, 0)


def _float(text: str) -> float:
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


_SCALARS: dict[str, Any] = {
    "null": lambda text: None,
    "bool": lambda text: text.lower() == "true",
    "int": _int,
    "float": _float,
}


def _refuse_unprintable(text: str, told: Text) -> None:
    if found := UNPRINTABLE.search(text):
        before = (text[: found.start()] + ".").splitlines()
        place = told.place(len(before) - 1, len(before[-1]) - 1)
        raise LstmcheckError(place.problem(f"character U+{ord(found[0]):04X} is not allowed in YAML."))


def _refuse_unwanted(events: Iterator[Event], told: Text) -> None:
    """Stops at the first event a configuration has no use for, before anything is built from it."""
    depth = documents = 0
    for event in events:
        depth += type(event).__name__.endswith("StartEvent") - type(event).__name__.endswith("EndEvent")
        documents += isinstance(event, DocumentStartEvent)
        if what := _unwanted(event, depth, documents):
            mark = event.start_mark
            raise LstmcheckError(told.place(mark.line, mark.column, mark.column + 1).problem(what))


def _unwanted(event: Event, depth: int, documents: int) -> str | None:
    if isinstance(event, AliasEvent):
        return f"aliases such as '*{event.anchor}' are not read: write the value out."
    if (tag := getattr(event, "tag", None)) is not None:
        short = str(tag).replace("tag:yaml.org,2002:", "!!")
        return f"tags such as '{short}' are not read: write the plain value."
    if isinstance(event, DocumentStartEvent) and event.version not in (None, (1, 2)):
        return f"expected YAML 1.2, got YAML {event.version[0]}.{event.version[1]}."
    if documents > 1:
        return "a second document begins here; a file holds one configuration."
    return f"nested more than {MAX_DEPTH} deep." if depth > MAX_DEPTH + 2 else None


END_OF_TEXT = repr("\0")
_OPENED = (
    ("expected ',' or", "the bracket or brace opened here is not closed, or a comma is missing in it."),
    ("unexpected end of stream", "the quotation mark opened here is not closed."),
)
_SYNTAX = (
    (
        "mapping values are not allowed",
        "a ':' stands where no key can be.",
        "Look at the indentation, or quote the text.",
    ),
    ("could not find expected ':'", "expected a ':' behind the key.", None),
    (
        "expected <block end>",
        "this fits no key or item of the lines above.",
        "Look at the indentation, or quote the text.",
    ),
    ("expected '<document start>'", "this stands behind the end of the configuration.", None),
    ("expected the node content", "a value is missing here.", None),
    (
        "unknown escape",
        "a backslash in double quotes begins an unknown escape.",
        "Use single quotes, or two backslashes.",
    ),
)


def _told(error: YAMLError, told: Text) -> Problem:
    """A YAML error in words of this package."""
    if not isinstance(error, MarkedYAMLError):
        return Problem("this is not YAML.", where=told.name)
    problem = str(error.problem or error.context)
    for sign, what in _OPENED:
        if sign in problem:
            return _at(error.context_mark, told).problem(what)
    place = _at(error.problem_mark or error.context_mark, told)
    if "cannot start any token" in problem:
        return place.problem(*_bad_start(problem))
    for sign, what, remedy in _SYNTAX:
        if sign in problem:
            return place.problem(what, remedy)
    return place.problem(f"broken YAML: {problem.replace(END_OF_TEXT, 'the end of the text')}.")


def _at(mark: StreamMark | None, told: Text) -> Place:
    return told.place(mark.line, mark.column, mark.column + 1) if mark else Place(told.name)


def _bad_start(problem: str) -> tuple[str, str]:
    if "\\t" in problem:
        return "a tab stands where YAML wants spaces.", "Indent with spaces."
    return (
        f"{problem.removeprefix('found ').partition(' that')[0]} begins no value.",
        "Put the text in quotes.",
    )
