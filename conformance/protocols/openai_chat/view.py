"""The view that Chat Completions rules read: one pass over the chunks, everything indexed by choice and tool call.

Law: built once per stream, takes anything a peer may send, and judges nothing. Events are named by their index.
Shapes (the keys of an object, in their order) are counted instead of kept per chunk: a stream has few of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from conformance.core.stream import Stream, StreamEvent

from .parts import Choice, ToolCall

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
        builder.take(event)
    view = builder.view
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

    __slots__ = ("_choice", "_delta", "_delta_seen", "_item", "_item_seen", "_top", "_top_seen", "view")

    def __init__(self) -> None:
        self.view = ChatView()
        self._top: tuple[object, ...] = ()
        self._item: Shape | None = None
        self._delta: Shape | None = None
        self._top_seen = self._item_seen = self._delta_seen = Seen(0)
        self._choice: Choice | None = None

    def take(self, event: StreamEvent) -> None:
        view, kind, index = self.view, event.kind, event.index
        if kind == "chunk":
            self._chunk(index, event.parsed)
            return
        view.did(index, kind)
        if kind == "[DONE]":
            view.done.append(index)
        elif kind == "error":
            view.errors.append(index)
            if type(event.parsed) is dict and event.parsed.get("choices"):
                self._chunk(index, event.parsed)

    def _chunk(self, event: int, data: dict[str, Any]) -> None:
        view, get = self.view, data.get
        view.chunks += 1
        usage = get("usage")
        top = (
            get("id"),
            get("model"),
            get("created"),
            get("object"),
            get("system_fingerprint"),
            get("service_tier"),
            *data,
        )
        if top != self._top:
            self._top = top
            self._top_seen = _note_top(view, event, top)
        self._top_seen.count += 1
        choices = get("choices")
        if type(usage) is dict:
            view.usages.append((event, usage, bool(choices)))
        if not choices:
            if type(usage) is not dict:
                view.empty.append(event)
            view.did(event, "usage" if type(usage) is dict else "empty")
            return
        if not get("error"):
            view.did(event, "chunk")
        if type(choices) is list:
            if len(choices) > 1:
                _note_duplicates(view, event, choices)
            for item in choices:
                if type(item) is dict:
                    self._item_of(event, item)

    def _item_of(self, event: int, item: dict[str, Any]) -> None:
        view = self.view
        shape = tuple(item)
        if shape != self._item:
            self._item = shape
            self._item_seen = view.choice_shapes.setdefault(shape, Seen(event))
        self._item_seen.count += 1
        index = item.get("index")
        choice = self._choice
        if choice is None or index != choice.index:
            if type(index) is not int:
                index = 0
            choice = view.choices.get(index)
            if choice is None:
                choice = view.choices[index] = Choice(index, event)
            self._choice = choice
        choice.last = event
        delta = item.get("delta")
        if type(delta) is dict:
            shape = tuple(delta)
            if shape != self._delta:
                self._delta = shape
                self._delta_seen = view.delta_shapes.setdefault(shape, Seen(event))
            self._delta_seen.count += 1
            for key, value in delta.items():
                if value is not None:
                    _delta(choice, event, key, value)
        if item.get("logprobs") is not None:
            choice.logprobs.append(event)
        finish = item.get("finish_reason")
        if finish:  # an empty one is no reason, and ends nothing
            choice.finishes.append((event, finish))
            choice.symbols.append((event, "finish"))


def _note_top(view: ChatView, event: int, top: tuple[object, ...]) -> Seen:
    """Notes the first event of every value. One that cannot be a key (a list, an object) is kept by its text.

    `top` holds the values of the six fields, then the chunk's keys. Returns the entry of the shape.
    """
    fields = (view.ids, view.models, view.created, view.objects, view.fingerprints, view.tiers)
    for seen, value in zip(fields, top, strict=False):
        try:
            seen.setdefault(value, event)
        except TypeError:
            seen.setdefault(repr(value), event)
    return view.top_shapes.setdefault(top[6:], Seen(event))  # type: ignore[arg-type]  # keys are strings


def _note_duplicates(view: ChatView, event: int, choices: list[object]) -> None:
    indices = [item.get("index") for item in choices if type(item) is dict]
    for position, index in enumerate(indices):
        if index in indices[:position]:
            view.duplicate_choices.append((event, index))


def _delta(choice: Choice, event: int, key: str, value: Any) -> None:
    """One member of a delta that is not null."""
    if key == "content":
        if value and type(value) is str:
            choice.content.append((event, value))
            choice.did(event, "content")
    elif key == "role":
        choice.roles.append((event, value))
        choice.did(event, "role")
    elif key in REASONING_FIELDS:
        if value and type(value) is str and (not choice.reasoning or choice.reasoning[-1][0] != event):
            choice.reasoning.append((event, value))
            choice.did(event, "reasoning")
    elif key == "tool_calls":
        _tool_calls(choice, event, value)
    elif key == "refusal":
        if value and type(value) is str:
            choice.refusal.append((event, value))
            choice.did(event, "content")
    elif key == "function_call" and type(value) is dict:
        choice.function_calls.append((event, value))
        choice.did(event, "tool")


def _tool_calls(choice: Choice, event: int, fragments: object) -> None:
    if type(fragments) is not list:
        return
    for position, fragment in enumerate(fragments):
        if type(fragment) is not dict:
            continue
        index = fragment.get("index")
        index = index if type(index) is int else None
        key: object = index
        if index is None:  # without an index a client can only go by id, or by place
            sent = fragment.get("id")
            key = ("id", sent) if isinstance(sent, str) and sent else ("position", position)
        call = choice.calls.get(key)
        if call is None:
            call = choice.calls[key] = ToolCall(index, event)
        if not choice.call_order or choice.call_order[-1][1] != key:
            choice.call_order.append((event, key))
        _fragment(call, event, fragment)
        choice.did(event, "tool")


def _fragment(call: ToolCall, event: int, fragment: dict[str, Any]) -> None:
    call.events.append(event)
    if "id" in fragment:
        call.ids.append((event, fragment["id"]))
    if "type" in fragment:
        call.types.append((event, fragment["type"]))
    function = fragment.get("function")
    if type(function) is dict:
        if "name" in function:
            call.names.append((event, function["name"]))
        if "arguments" in function:
            call.arguments.append((event, function["arguments"]))


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
