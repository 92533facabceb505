"""YAML 1.2 as configurations use it: mappings, lists and plain values. No tags, aliases or documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StreamMark, YAMLError
from ruamel.yaml.events import AliasEvent, DocumentStartEvent, Event
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from lstmcheck.config.place import Fault, Place, Text
from lstmcheck.config.source import Source, Written
from lstmcheck.errors import LstmcheckError, Problem

MAX_DEPTH = 10
UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def source_of(text: str, name: str) -> Source:
    """What a YAML text that comes from the file `name` says, and where.

    Duplicate keys are faults, beside which everything else can still be checked. Raises LstmcheckError for a
    text that YAML cannot read, that uses what configurations have no use for, or that is not a mapping.
    """
    text = text.removeprefix("\ufeff")
    reader = _Reader(Text(name, tuple(text.splitlines())))
    root = reader.read_text(text)
    if root is None or not isinstance(root.content, dict):
        raise LstmcheckError([_no_mapping(root, name)])
    start = Place(name, 1, 1)
    return Source(name, Path(name).parent, replace(root, place=start, key=start), tuple(reader.faults))


def _no_mapping(root: Written | None, name: str) -> Problem:
    remedy = "`lstmcheck init` writes one to start from."
    if root is None or root.content is None:
        return Place(name).problem("the file holds no configuration.", remedy)
    kind = "a list" if isinstance(root.content, tuple) else "a single value"
    return root.place.problem(f"expected keys and values, got {kind}.", remedy)


def value_of(text: str, option: str) -> tuple[Written, list[Fault]]:
    """What the YAML text of a value says, and what is wrong with it; its place is the option `option`.

    Raises LstmcheckError as `source_of` does.
    """
    reader = _Reader(Text(option, None))
    value = reader.read_text(text)
    return value or Written(None, Place(option), Place(option)), reader.faults


@dataclass
class _Reader:
    """Nodes of ruamel turned into what was written, with the places of their marks."""

    text: Text
    faults: list[Fault] = field(default_factory=list)

    def read_text(self, text: str) -> Written | None:
        """Nothing where the text holds nothing."""
        _refuse_unprintable(text, self.text)
        try:
            _refuse_unwanted(YAML(typ="safe", pure=True).parse(text), self.text)
            node = YAML(typ="safe", pure=True).compose(text)
        except YAMLError as error:
            raise LstmcheckError(_explain(error, self.text)) from None
        return None if node is None else self._read(node)

    def _read(self, node: Node, key: Place | None = None) -> Written:
        place = self._place(node)
        is_block = isinstance(node, MappingNode | SequenceNode) and not node.flow_style
        is_empty = node.start_mark.index == node.end_mark.index
        # What begins below its key, or is not there at all, is shown by the key.
        shown = key if key and (is_block or is_empty) else place
        return Written(self._content(node), shown, key or place)

    def _content(self, node: Node) -> Any:
        if isinstance(node, MappingNode):
            return self._mapping(node)
        if isinstance(node, SequenceNode):
            return tuple(self._read(item) for item in node.value)
        return _scalar(str(node.tag), str(node.value))

    def _mapping(self, node: MappingNode) -> dict[str, Written]:
        content: dict[str, Written] = {}
        for key_node, value_node in node.value:
            place, key = self._place(key_node), key_node.value
            if not isinstance(key_node, ScalarNode):
                self.faults.append((place, "a key must be a word, not a list or a mapping.", None))
            elif key in content:
                first = content[key].key.line
                seen = f", first on line {first}" if first else ""
                self.faults.append((place, f"the key '{key}' is given twice{seen}.", "Keep one."))
            else:
                content[key] = self._read(value_node, place)
        return content

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


def _refuse_unprintable(text: str, source: Text) -> None:
    if match := UNPRINTABLE.search(text):
        before = (text[: match.start()] + ".").splitlines()
        place = source.place(len(before) - 1, len(before[-1]) - 1)
        raise LstmcheckError(place.problem(f"character U+{ord(match[0]):04X} is not allowed in YAML."))


def _refuse_unwanted(events: Iterator[Event], source: Text) -> None:
    """Stops at the first event a configuration has no use for, before anything is built from it."""
    depth = documents = 0
    for event in events:
        depth += type(event).__name__.endswith("StartEvent") - type(event).__name__.endswith("EndEvent")
        documents += isinstance(event, DocumentStartEvent)
        if what := _unwanted(event, depth, documents):
            mark = event.start_mark
            raise LstmcheckError(source.place(mark.line, mark.column, mark.column + 1).problem(what))


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


def _explain(error: YAMLError, source: Text) -> Problem:
    """A YAML error in words of this package."""
    if not isinstance(error, MarkedYAMLError):
        return Problem("this is not YAML.", where=source.name)
    problem = str(error.problem or error.context)
    for sign, what in _OPENED:
        if sign in problem:
            return _at(error.context_mark, source).problem(what)
    place = _at(error.problem_mark or error.context_mark, source)
    if "cannot start any token" in problem:
        return place.problem(*_bad_start(problem))
    for sign, what, remedy in _SYNTAX:
        if sign in problem:
            return place.problem(what, remedy)
    return place.problem(f"broken YAML: {problem.replace(END_OF_TEXT, 'the end of the text')}.")


def _at(mark: StreamMark | None, source: Text) -> Place:
    return source.place(mark.line, mark.column, mark.column + 1) if mark else Place(source.name)


def _bad_start(problem: str) -> tuple[str, str]:
    if "\\t" in problem:
        return "a tab stands where YAML wants spaces.", "Indent with spaces."
    return (
        f"{problem.removeprefix('found ').partition(' that')[0]} begins no value.",
        "Put the text in quotes.",
    )
