"""The view that Chat Completions rules read: one pass over the chunks, everything indexed by choice and tool call.

Law: built once per stream, takes anything a peer may send, and judges nothing. Events are named by their index.
Shapes (the keys of an object, in their order) are counted instead of kept per chunk: a stream has few of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...core.stream import Stream, StreamEvent

REASONING_FIELDS = ("reasoning_content", "reasoning")

Shape = tuple[str, ...]


@dataclass(slots=True)
class Seen:
    """How often a shape or a value occurred, and at which event first."""

    first: int
    count: int = 0


@dataclass(slots=True)
class ToolCall:
    """The fragments of one tool call: (event, value) pairs as they came. `index` is None where none was sent."""

    index: int | None
    first: int
    ids: list[tuple[int, object]] = field(default_factory=list)
    types: list[tuple[int, object]] = field(default_factory=list)
    names: list[tuple[int, object]] = field(default_factory=list)
    arguments: list[tuple[int, object]] = field(default_factory=list)
    events: list[int] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The first id that is not empty."""
        return next((value for _, value in self.ids if isinstance(value, str) and value), "")

    @property
    def name(self) -> str:
        """The first name that is not empty."""
        return next((value for _, value in self.names if isinstance(value, str) and value), "")

    @property
    def joined(self) -> str:
        """The arguments, joined as a client joins them."""
        return "".join(value for _, value in self.arguments if isinstance(value, str))


@dataclass(slots=True)
class Choice:
    """One choice index: (event, value) pairs of what its deltas brought, without what was empty or null."""

    index: int
    first: int
    last: int = 0
    roles: list[tuple[int, object]] = field(default_factory=list)
    content: list[tuple[int, str]] = field(default_factory=list)
    reasoning: list[tuple[int, str]] = field(default_factory=list)
    refusal: list[tuple[int, str]] = field(default_factory=list)
    calls: dict[object, ToolCall] = field(default_factory=dict)
    call_order: list[tuple[int, object]] = field(default_factory=list)
    """(event, key in `calls`) whenever a fragment of another call than before came."""
    function_calls: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    finishes: list[tuple[int, object]] = field(default_factory=list)
    logprobs: list[int] = field(default_factory=list)
    symbols: list[tuple[int, str]] = field(default_factory=list)
    """What its deltas did, for the grammar; the same in a row is noted once."""

    def did(self, event: int, symbol: str) -> None:
        """Notes what a delta did."""
        if not self.symbols or self.symbols[-1][1] != symbol:
            self.symbols.append((event, symbol))


@dataclass(slots=True)
class ChatView:
    """All chunks of one stream."""

    chunks: int = 0
    ids: dict[object, Seen] = field(default_factory=dict)
    models: dict[object, Seen] = field(default_factory=dict)
    created: dict[object, Seen] = field(default_factory=dict)
    objects: dict[object, Seen] = field(default_factory=dict)
    fingerprints: dict[object, Seen] = field(default_factory=dict)
    tiers: dict[object, Seen] = field(default_factory=dict)
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
    duplicate_choices: list[tuple[int, object]] = field(default_factory=list)
    """(event, index) of choices that occur twice in one chunk."""

    def did(self, event: int, symbol: str) -> None:
        """Notes what an event is. Only what is legal any number of times in a row is folded."""
        if symbol not in ("chunk", "empty") or not self.symbols or self.symbols[-1][1] != symbol:
            self.symbols.append((event, symbol))


def build(stream: Stream[ChatView]) -> ChatView:
    """The view of a stream."""
    view = ChatView()
    for event in stream.events:
        kind, index = event.kind, event.index
        if kind == "chunk":
            _chunk(view, index, event.data)  # type: ignore[arg-type]  # kind_of saw a dict
        elif kind == "[DONE]":
            view.done.append(index)
            view.did(index, kind)
        elif kind == "error":
            view.errors.append(index)
            view.did(index, kind)
            if isinstance(event.data, dict) and event.data.get("choices"):
                _top(view, index, event.data)
                _choices(view, index, event.data["choices"])
        else:
            view.did(index, kind)
    return view


def count(seen: dict[Any, Seen], value: object, event: int) -> None:
    """Counts a value; one that cannot be a key (a list, an object) counts by its text."""
    try:
        entry = seen.get(value)
    except TypeError:
        value = repr(value)
        entry = seen.get(value)
    if entry is None:
        entry = seen[value] = Seen(event)
    entry.count += 1


def _chunk(view: ChatView, event: int, data: dict[str, Any]) -> None:
    _top(view, event, data)
    choices, usage = data.get("choices"), data.get("usage")
    if type(usage) is dict:
        view.usages.append((event, usage, bool(choices)))
    if choices:
        view.did(event, "chunk")
        _choices(view, event, choices)
    elif type(usage) is dict:
        view.did(event, "usage")
    else:
        view.empty.append(event)
        view.did(event, "empty")


def _top(view: ChatView, event: int, data: dict[str, Any]) -> None:
    """What stands at the top of a chunk. Values that repeat cost one look-up each."""
    view.chunks += 1
    get = data.get
    count(view.ids, get("id"), event)
    count(view.models, get("model"), event)
    count(view.created, get("created"), event)
    count(view.objects, get("object"), event)
    shape = tuple(data)
    count(view.top_shapes, shape, event)
    if "system_fingerprint" in data:
        count(view.fingerprints, data["system_fingerprint"], event)
    if "service_tier" in data:
        count(view.tiers, data["service_tier"], event)


def _choices(view: ChatView, event: int, choices: object) -> None:
    if type(choices) is not list:
        return
    here: set[object] = set()
    for item in choices:
        if type(item) is not dict:
            continue
        count(view.choice_shapes, tuple(item), event)
        index = item.get("index")
        if type(index) is not int:
            index = 0
        if len(choices) > 1:
            if index in here:
                view.duplicate_choices.append((event, index))
            here.add(index)
        choice = view.choices.get(index)
        if choice is None:
            choice = view.choices[index] = Choice(index, event)
        choice.last = event
        _choice(view, choice, event, item)


def _choice(view: ChatView, choice: Choice, event: int, item: dict[str, Any]) -> None:
    delta = item.get("delta")
    if type(delta) is dict:
        count(view.delta_shapes, tuple(delta), event)
        if delta:
            _delta(choice, event, delta)
    if item.get("logprobs") is not None:
        choice.logprobs.append(event)
    finish = item.get("finish_reason")
    if finish is not None:
        choice.finishes.append((event, finish))
        choice.symbols.append((event, "finish"))


def _delta(choice: Choice, event: int, delta: dict[str, Any]) -> None:
    role = delta.get("role")
    if role is not None:
        choice.roles.append((event, role))
        choice.did(event, "role")
    for name in REASONING_FIELDS:
        text = delta.get(name)
        if text and type(text) is str:
            choice.reasoning.append((event, text))
            choice.did(event, "reasoning")
            break
    content = delta.get("content")
    if content and type(content) is str:
        choice.content.append((event, content))
        choice.did(event, "content")
    if "refusal" in delta:
        text = delta["refusal"]
        if text and type(text) is str:
            choice.refusal.append((event, text))
            choice.did(event, "content")
    if "tool_calls" in delta:
        _tool_calls(choice, event, delta["tool_calls"])
    if "function_call" in delta and type(delta["function_call"]) is dict:
        choice.function_calls.append((event, delta["function_call"]))
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


def text_of(event: StreamEvent) -> str:
    """The answer's text that one chunk adds for choice 0."""
    data = event.data
    try:
        text = data["choices"][0]["delta"]["content"]  # type: ignore[index]
    except (KeyError, IndexError, TypeError):
        return ""
    return text if isinstance(text, str) else ""
