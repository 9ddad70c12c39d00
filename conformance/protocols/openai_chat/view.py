"""The view that Chat Completions rules read: one pass over the chunks, everything indexed by choice and tool call.

Law: built once per stream, takes anything a peer may send, and judges nothing. Events are named by their index.
Shapes (the keys of an object, in their order) are counted instead of kept per chunk: a stream has few of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from conformance.core.stream import Stream, StreamEvent

from .parts import Choice, ToolCall, note_tool_calls

__all__ = [
    "REASONING_FIELDS",
    "ChatView",
    "Choice",
    "Seen",
    "Shape",
    "ToolCall",
    "build",
    "choice_of",
    "delta_of",
]

REASONING_FIELDS = ("reasoning_content", "reasoning")

Shape = tuple[str, ...]

_KINDS = ("content", "refusal", "reasoning", "calls", "function_calls", "logprobs", "finishes")


@dataclass(slots=True)
class Seen:
    """How often a shape occurred, and at which event first."""

    first: int
    count: int = 0


@dataclass(slots=True)
class ChatView:
    """All chunks of one stream. `ids` to `tiers` map each value (None: missing or null) to its first event."""

    chunks: int = 0
    ids: dict[object, int] = field(default_factory=dict)
    models: dict[object, int] = field(default_factory=dict)
    created: dict[object, int] = field(default_factory=dict)
    objects: dict[object, int] = field(default_factory=dict)
    fingerprints: dict[object, int] = field(default_factory=dict)
    tiers: dict[object, int] = field(default_factory=dict)
    top_shapes: dict[Shape, Seen] = field(default_factory=dict)
    choice_shapes: dict[Shape, Seen] = field(default_factory=dict)
    delta_shapes: dict[Shape, Seen] = field(default_factory=dict)
    choices: dict[int, Choice] = field(default_factory=dict)
    usages: list[tuple[int, dict[str, Any], bool]] = field(default_factory=list)
    """(event, usage, whether the chunk had choices)"""
    empty: list[int] = field(default_factory=list)
    """Chunks with empty `choices` and without usage."""
    errors: list[int] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    symbols: list[tuple[int, str]] = field(default_factory=list)
    """What the events are, for the stream's grammar; the same in a row is noted once."""
    top_keys: dict[str, int] = field(default_factory=dict)
    """Member of a chunk -> number of chunks that hold it; so too the next two, for choices and deltas."""
    choice_keys: dict[str, int] = field(default_factory=dict)
    delta_keys: dict[str, int] = field(default_factory=dict)
    brought: frozenset[str] = frozenset()
    """Which lists of `Choice` (`content`, `calls`, `logprobs`, ...) are not empty in some choice."""
    duplicate_choices: list[tuple[int, object]] = field(default_factory=list)
    """(event, index) of choices that occur twice in one chunk."""

    def calls(self) -> Iterator[tuple[Choice, ToolCall]]:
        """Every tool call, with its choice."""
        return ((choice, call) for choice in self.choices.values() for call in choice.calls.values())

    def did(self, event: int, symbol: str) -> None:
        """Notes what an event is. Only what is legal any number of times in a row is folded."""
        if symbol not in ("chunk", "empty") or not self.symbols or self.symbols[-1][1] != symbol:
            self.symbols.append((event, symbol))


def build(stream: Stream[ChatView]) -> ChatView:
    """The view of a stream."""
    builder = _Builder()
    for event in stream.events:
        if event.kind == "chunk":
            builder.chunk(event.index, event.parsed, "chunk")
        else:
            builder.other(event)
    view = builder.view
    view.chunks = sum(seen.count for seen in view.top_shapes.values())
    _count(view.top_shapes, view.top_keys)
    _count(view.choice_shapes, view.choice_keys)
    _count(view.delta_shapes, view.delta_keys)
    view.brought = frozenset(name for choice in view.choices.values() for name in _KINDS if getattr(choice, name))
    return view


def _count(shapes: dict[Shape, Seen], keys: dict[str, int]) -> None:
    """Counts the members of all shapes."""
    for shape, seen in shapes.items():
        count = seen.count
        for key in shape:
            keys[key] = keys.get(key, 0) + count


class _Builder:
    """Carries from event to event what the last one looked like: neighbours are alike, and a comparison is cheap."""

    __slots__ = (
        "_choice",
        "_delta",
        "_delta_seen",
        "_item",
        "_item_seen",
        "_meta",
        "_meta_of",
        "_shared",
        "_top",
        "_top_seen",
        "view",
    )

    def __init__(self) -> None:
        self.view = ChatView()
        self._top: Shape | None = None
        self._meta: object = None
        self._shared: dict[str, object] = {}
        self._meta_of: Callable[[dict[str, Any]], object] = len
        self._item: Shape | None = None
        self._delta: Shape | None = None
        self._top_seen = self._item_seen = self._delta_seen = Seen(0)
        self._choice: Choice | None = None

    def other(self, event: StreamEvent) -> None:
        """An event that is no chunk."""
        view, kind, index = self.view, event.kind, event.index
        view.did(index, kind)
        if kind == "[DONE]":
            view.done.append(index)
        elif kind == "error":
            view.errors.append(index)
            if type(event.parsed) is dict and event.parsed.get("choices"):
                self.chunk(index, event.parsed, None)

    def chunk(self, event: int, data: dict[str, Any], symbol: str | None) -> None:
        """A chunk; `symbol` is what it is to the grammar where it has choices (None: an error, which is noted)."""
        view, shape = self.view, tuple(data)
        if shape != self._top:
            self._top = shape
            self._top_seen = view.top_shapes.setdefault(shape, Seen(event))
            self._meta, self._meta_of = None, _meta_of(shape)
        self._top_seen.count += 1
        meta = self._meta_of(data)
        if meta != self._meta:
            self._meta, self._shared = meta, {key: data[key] for key in _META if key in data}
            _note_meta(view, event, data)
        else:
            data.update(self._shared)  # equal values become one: a long stream holds each but once
        choices, usage = data.get("choices"), data.get("usage")
        if type(usage) is dict:
            view.usages.append((event, usage, bool(choices)))
        elif not choices:
            view.empty.append(event)
        if not choices:
            view.did(event, "usage" if type(usage) is dict else "empty")
        elif symbol:
            view.did(event, symbol)
        if type(choices) is list:
            if len(choices) > 1:
                _note_duplicates(view, event, choices)
            for item in choices:
                if type(item) is dict:
                    self._item_of(event, item)

    def _item_of(self, event: int, item: dict[str, Any]) -> None:
        shape, get, choice = tuple(item), item.get, self._choice
        if shape != self._item:
            self._item = shape
            self._item_seen = self.view.choice_shapes.setdefault(shape, Seen(event))
        self._item_seen.count += 1
        index = get("index")
        if choice is None or index != choice.index:
            choice = self._choice_at(event, index)
        choice.last = event
        delta = get("delta")
        if type(delta) is dict:
            self._delta_of(event, delta, choice)
        if get("logprobs") is not None:
            choice.logprobs.append(event)
        finish = get("finish_reason")
        if finish:  # an empty one is no reason, and ends nothing
            choice.finishes.append((event, finish))
            choice.symbols.append((event, "finish"))

    def _choice_at(self, event: int, index: object) -> Choice:
        """The choice of this index, from now on the one at hand."""
        key = index if type(index) is int else 0
        choice = self.view.choices.get(key)
        if choice is None:
            choice = self.view.choices[key] = Choice(key, event)
        self._choice = choice
        return choice

    def _delta_of(self, event: int, delta: dict[str, Any], choice: Choice) -> None:
        shape = tuple(delta)
        if shape != self._delta:
            self._delta = shape
            self._delta_seen = self.view.delta_shapes.setdefault(shape, Seen(event))
        self._delta_seen.count += 1
        for key, value in delta.items():
            if key == "content" and type(value) is str:
                if value:
                    choice.content.append((event, value))
                    choice.did(event, "content")
            elif value is not None:
                _delta(choice, event, key, value)


_META = ("id", "model", "created", "object", "system_fingerprint", "service_tier")


def _meta_of(shape: Shape) -> Callable[[dict[str, Any]], object]:
    """Reads what a chunk of this shape says of the completion, all at once."""
    present = [key for key in _META if key in shape]
    return itemgetter(*present) if present else len


def _note_meta(view: ChatView, event: int, data: dict[str, Any]) -> None:
    """Notes the first event of every value. One that cannot be a key (a list, an object) is kept by its text."""
    fields = (view.ids, view.models, view.created, view.objects, view.fingerprints, view.tiers)
    for seen, key in zip(fields, _META, strict=True):
        value = data.get(key)
        try:
            seen.setdefault(value, event)
        except TypeError:
            seen.setdefault(repr(value), event)


def _note_duplicates(view: ChatView, event: int, choices: list[object]) -> None:
    seen: set[object] = set()
    for index in [item.get("index") for item in choices if type(item) is dict]:
        key = repr(index) if isinstance(index, list | dict) else index
        if key in seen:
            view.duplicate_choices.append((event, index))
        seen.add(key)


def _delta(choice: Choice, event: int, key: str, value: Any) -> None:
    """One member of a delta that is not null, other than content."""
    if key == "role":
        choice.roles.append((event, value))
        choice.did(event, "role")
    elif key in REASONING_FIELDS:
        if value and type(value) is str and (not choice.reasoning or choice.reasoning[-1][0] != event):
            choice.reasoning.append((event, value))
            choice.did(event, "reasoning")
    elif key == "tool_calls":
        note_tool_calls(choice, event, value)
    elif key == "refusal":
        if value and type(value) is str:
            choice.refusal.append((event, value))
            choice.did(event, "content")
    elif key == "function_call" and type(value) is dict:
        choice.function_calls.append((event, value))
        choice.did(event, "tool")


def choice_of(event: StreamEvent, index: int) -> dict[str, Any]:
    """What one chunk holds for one choice; empty where it holds nothing."""
    choices = event.parsed.get("choices") if type(event.parsed) is dict else None
    for item in choices if type(choices) is list else ():
        if type(item) is dict:
            sent = item.get("index")
            if (sent if type(sent) is int else 0) == index:
                return item
    return {}


def delta_of(event: StreamEvent, index: int) -> dict[str, Any]:
    """The delta of one chunk for one choice; empty where there is none."""
    delta = choice_of(event, index).get("delta")
    return delta if type(delta) is dict else {}
