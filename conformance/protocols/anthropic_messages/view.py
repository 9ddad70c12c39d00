"""The view that Messages rules read: one pass over the events, everything indexed by message and content block.

Law: built once per stream, takes anything a peer may send, and judges nothing. Events are named by their index.
A stream holds one message; where a recording holds several, one behind the other, each has blocks of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from conformance.core.stream import Stream, StreamEvent

_DELTA_FIELDS = {
    "text_delta": "text",
    "input_json_delta": "partial_json",
    "thinking_delta": "thinking",
}
"""Delta type -> the member that holds the string which it adds to its block."""

CLIENT_TOOL = "tool_use"
MAY_CUT = ("max_tokens", "refusal", "model_context_window_exceeded")
"""Stop reasons after which the last block may not be whole."""
TOOLS = frozenset({CLIENT_TOOL, "server_tool_use", "mcp_tool_use"})


@dataclass(slots=True)
class Block:
    """One content block. `type` is empty where it was never started; `pieces` are (event, string) of its deltas."""

    index: int
    first: int
    type: str = ""
    start: dict[str, Any] = field(default_factory=dict)
    """`content_block` as it was started."""
    pieces: list[tuple[int, str]] = field(default_factory=list)
    signatures: list[tuple[int, object]] = field(default_factory=list)
    citations: list[tuple[int, object]] = field(default_factory=list)
    stopped: int | None = None
    deltas: int = 0
    symbols: list[tuple[int, str]] = field(default_factory=list)
    """What happened to it, for the grammar; the same in a row is noted once."""

    def did(self, event: int, symbol: str) -> None:
        """Notes what happened."""
        if not self.symbols or self.symbols[-1][1] != symbol or symbol in ("stop", "signature_delta"):
            self.symbols.append((event, symbol))

    @property
    def joined(self) -> str:
        """The text, the thinking, or the tool's input as a string."""
        return "".join(piece for _, piece in self.pieces)


@dataclass(slots=True)
class Message:
    """One message: its start, blocks in the order of their start, deltas and stop."""

    first: int
    start: dict[str, Any] = field(default_factory=dict)
    """`message` of message_start; empty where there was none."""
    blocks: list[Block] = field(default_factory=list)
    at: dict[int, Block] = field(default_factory=dict)
    """Index -> the block that was started there last."""
    started: list[tuple[int, int]] = field(default_factory=list)
    """(event, index) of every content_block_start."""
    deltas: list[tuple[int, dict[str, Any], dict[str, Any]]] = field(default_factory=list)
    """(event, delta, usage) of every message_delta"""
    stop: int | None = None

    def opened(self, event: int, index: int) -> Block:
        """A block that begins with this event; what comes for its index is for it."""
        block = self.at[index] = Block(index, event)
        self.blocks.append(block)
        return block

    @property
    def stop_reason(self) -> object:
        """The last stop reason that is not null, or what message_start said."""
        reasons = [delta.get("stop_reason") for _, delta, _ in self.deltas]
        return next((reason for reason in reversed(reasons) if reason is not None), self.start.get("stop_reason"))

    @property
    def reasons(self) -> list[tuple[int, str, object]]:
        """(event, JSON Pointer, stop reason) of every message_delta, and of a start that holds the whole message."""
        found = [(event, "/delta/stop_reason", delta.get("stop_reason")) for event, delta, _ in self.deltas]
        return [(self.first, "/message/stop_reason", self.start["stop_reason"]), *found] if self.whole else found

    @property
    def whole(self) -> bool:
        """True where message_start already holds the whole message (programmatic tool calling)."""
        return bool(self.start.get("content")) and self.start.get("stop_reason") is not None


@dataclass(slots=True)
class MessagesView:
    """All events of one stream."""

    messages: list[Message] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    pings: list[int] = field(default_factory=list)
    errors: list[int] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    unknown: dict[str, int] = field(default_factory=dict)
    """Types that the protocol does not know, with their first event."""
    unnamed: list[int] = field(default_factory=list)
    """Events with a type but without an `event:` line."""
    misnamed: list[tuple[int, str, str]] = field(default_factory=list)
    """(event, name, type) where the two differ"""
    symbols: list[tuple[int, str]] = field(default_factory=list)

    @property
    def blocks(self) -> list[Block]:
        """The blocks of all messages."""
        return [block for message in self.messages for block in message.blocks]

    def current(self, event: int) -> Message:
        """The message under way; one without a start where an event came before any."""
        if not self.messages:
            self.messages.append(Message(event))
        return self.messages[-1]

    def did(self, event: int, symbol: str) -> None:
        """Notes what an event is; deltas and pings in a row are noted once."""
        if symbol not in ("content_block_delta", "ping") or not self.symbols or self.symbols[-1][1] != symbol:
            self.symbols.append((event, symbol))


def build(stream: Stream[MessagesView]) -> MessagesView:
    """The view of a stream."""
    view = MessagesView()
    for event in stream.events:
        kind, data, index = event.kind, event.parsed, event.index
        if type(data) is not dict:
            view.did(index, kind)
            if kind == "[DONE]":
                view.done.append(index)
            continue
        if event.name != kind:
            _name(view, event, data)
        handler = _HANDLERS.get(kind)
        if handler is None:
            view.unknown.setdefault(str(data.get("type")), index)
            view.did(index, kind)
        else:
            handler(view, index, data)
    return view


def _name(view: MessagesView, event: StreamEvent, data: dict[str, Any]) -> None:
    said = data.get("type")
    if not event.name:
        view.unnamed.append(event.index)
    elif isinstance(said, str) and event.name != said:
        view.misnamed.append((event.index, event.name, said))


def _message_start(view: MessagesView, event: int, data: dict[str, Any]) -> None:
    message = data.get("message")
    if not view.messages or view.messages[-1].stop is not None:
        view.messages.append(Message(event))
    if view.messages[-1].first == event and type(message) is dict:
        view.messages[-1].start = message
    view.starts.append(event)
    view.did(event, "whole" if view.messages[-1].whole else "message_start")


def _block_start(view: MessagesView, event: int, data: dict[str, Any]) -> None:
    message, started = view.current(event), data.get("content_block")
    index = _index(data)
    kind = str(started.get("type", "")) if type(started) is dict else ""
    symbol = kind if kind in KNOWN_BLOCKS else "other"
    known = message.at.get(index)
    if known is not None:
        known.symbols.append((event, symbol))  # too late, or a second time: its table speaks for it
    block = message.opened(event, index)
    block.symbols.append((event, symbol))
    block.type = kind
    if type(started) is dict:
        block.start = started
    message.started.append((event, index))
    view.did(event, "content_block_start")


def _block_delta(view: MessagesView, event: int, data: dict[str, Any]) -> None:
    message = view.messages[-1] if view.messages else view.current(event)
    index, delta = data.get("index"), data.get("delta")
    block = message.at.get(index) if type(index) is int else None
    if block is None:
        block = message.opened(event, _index(data))
    if not view.symbols or view.symbols[-1][1] != "content_block_delta":
        view.symbols.append((event, "content_block_delta"))
    if type(delta) is not dict:
        return
    block.deltas += 1
    kind = delta.get("type")
    member = _DELTA_FIELDS.get(kind) if type(kind) is str else None
    if member is not None:
        piece = delta.get(member)
        if type(piece) is str:
            block.pieces.append((event, piece))
        if block.symbols and block.symbols[-1][1] == kind:
            return
    elif kind == "signature_delta":
        block.signatures.append((event, delta.get("signature")))
    elif kind == "citations_delta":
        block.citations.append((event, delta.get("citation")))
    block.did(event, kind if type(kind) is str and kind in KNOWN_DELTAS else "other_delta")


def _block_stop(view: MessagesView, event: int, data: dict[str, Any]) -> None:
    message, index = view.current(event), _index(data)
    block = message.at.get(index) or message.opened(event, index)
    block.stopped = event
    block.did(event, "stop")
    view.did(event, "content_block_stop")


def _message_delta(view: MessagesView, event: int, data: dict[str, Any]) -> None:
    delta, usage = data.get("delta"), data.get("usage")
    found = (event, delta if type(delta) is dict else {}, usage if type(usage) is dict else {})
    view.current(event).deltas.append(found)
    view.did(event, "message_delta")


def _message_stop(view: MessagesView, event: int, data: dict[str, Any]) -> None:
    view.current(event).stop = event
    view.did(event, "message_stop")


def _ping(view: MessagesView, event: int, data: dict[str, Any]) -> None:
    view.pings.append(event)
    view.did(event, "ping")


def _error(view: MessagesView, event: int, data: dict[str, Any]) -> None:
    view.errors.append(event)
    view.did(event, "error")


def _index(data: dict[str, Any]) -> int:
    index = data.get("index")
    return index if type(index) is int else 0


_HANDLERS: dict[str, Callable[[MessagesView, int, dict[str, Any]], None]] = {
    "message_start": _message_start,
    "content_block_start": _block_start,
    "content_block_delta": _block_delta,
    "content_block_stop": _block_stop,
    "message_delta": _message_delta,
    "message_stop": _message_stop,
    "ping": _ping,
    "error": _error,
}

KINDS = frozenset(_HANDLERS)
FOREIGN_REASONS = frozenset(
    {"stop", "length", "tool_calls", "content_filter", "function_call", "eos", "error", "complete", "completed"}
)
"""Stop reasons of other APIs, which gateways pass through."""
KNOWN_BLOCKS = frozenset({"text", "thinking", "redacted_thinking", "compaction", *TOOLS})
KNOWN_DELTAS = frozenset({*_DELTA_FIELDS, "signature_delta", "citations_delta", "compaction_delta"})


def text_of(event: StreamEvent) -> str:
    """The text that one event adds to the answer."""
    try:
        delta = event.parsed["delta"]
        return str(delta["text"]) if delta["type"] == "text_delta" else ""
    except (KeyError, TypeError):
        return ""
