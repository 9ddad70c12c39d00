"""The shape of one stream: which fields, of which types, each kind of event carries, and which kind follows which.

Law: one walk over the parsed events; no value is kept, only names and types. What users and models name (arguments of a
tool, the schema they ask for) is not looked into: those names are data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from .stream import Stream

START, END = "(start)", "(end)"
OPAQUE = frozenset({
    "args", "arguments", "input", "json_schema", "logit_bias", "metadata", "parameters", "parametersJsonSchema",
    "responseJsonSchema", "responseSchema", "schema", "struct", "top_logprobs",
})  # fmt: skip
"""Members whose own members are named by users or models."""
_DEPTH = 40
_MEMBERS = 300
"""Levels and members that are looked at: garbage has no end."""
TYPES = {
    dict: "object", list: "array", str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shape:
    """Field types and order of one stream."""

    fields: Mapping[str, Mapping[str, frozenset[str]]]
    """Event kind -> JSON Pointer, `*` for any item of an array -> its JSON types. The event itself is the empty one."""
    steps: frozenset[tuple[str, str]]
    """Kinds that follow each other; START and END are kinds, too."""
    complete: bool
    """False where this side ended the stream: what is missing then says nothing."""


class _Node:
    __slots__ = ("items", "members", "types")

    def __init__(self) -> None:
        self.types: set[type] = set()
        self.members: dict[str, _Node] = {}
        self.items: _Node | None = None


def shape_of(stream: Stream[Any]) -> Shape:
    """The shape of the stream, without idle events (pings) in its order: they come when they come."""
    roots: dict[str, _Node] = {}
    kinds = [START]
    idle = stream.marks.idle
    for event in stream.events:
        kind = event.kind
        root = roots.get(kind)
        if root is None:
            root = roots[kind] = _Node()
        _walk(root, event.parsed, 0)
        if event.index not in idle:
            kinds.append(kind)
    complete = stream.incomplete is None
    steps = frozenset(pairwise([*kinds, END] if complete else kinds))
    return Shape({kind: dict(_told(root, "")) for kind, root in roots.items()}, steps, complete)


def _walk(node: _Node, value: Any, depth: int) -> None:
    """Adds what `value` is made of."""
    kind = type(value)
    node.types.add(kind)
    if depth > _DEPTH:
        return
    if kind is dict:
        members = node.members
        for name, item in value.items():
            child = members.get(name)
            if child is None:
                if len(members) >= _MEMBERS:
                    continue
                child = members[name] = _Node()
            of = type(item)
            if (of is dict or of is list) and name not in OPAQUE:
                _walk(child, item, depth + 1)
            else:
                child.types.add(of)
    elif kind is list:
        if node.items is None:
            node.items = _Node()
        for item in value:
            _walk(node.items, item, depth + 1)


def _told(node: _Node, pointer: str) -> Iterator[tuple[str, frozenset[str]]]:
    yield pointer, frozenset(TYPES.get(kind, kind.__name__) for kind in node.types)
    for name, child in node.members.items():
        yield from _told(child, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}")
    if node.items is not None and node.items.types:
        yield from _told(node.items, f"{pointer}/*")
