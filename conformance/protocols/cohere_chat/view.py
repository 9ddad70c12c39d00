"""The view that Cohere rules read: one pass over the events, everything indexed by content block and tool call.

Law: built once per stream, takes anything a peer may send, and judges nothing. Events are named by their index.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from conformance.core.stream import Stream, StreamEvent

FAMILIES = ("content", "tool-call", "citation")
KINDS = frozenset(
    {"message-start", "tool-plan-delta", "message-end", "debug"}
    | {f"{family}-{step}" for family in FAMILIES for step in ("start", "delta", "end")}
)


@dataclass(slots=True)
class Block:
    """One content block, tool call or citation: `family` and index name it."""

    family: str
    index: int
    first: int
    last: int = 0
    open: bool = False
    start: dict[str, Any] = field(default_factory=dict)
    pieces: list[tuple[int, str]] = field(default_factory=list)
    symbols: list[tuple[int, str]] = field(default_factory=list)

    @property
    def text_key(self) -> str:
        """The member of a content block that holds its string."""
        return "thinking" if self.start.get("type") == "thinking" else "text"

    @property
    def joined(self) -> str:
        """The text, the thinking, or the arguments."""
        return "".join(piece for _, piece in self.pieces)


@dataclass(slots=True)
class CohereView:
    """All events of one stream."""

    starts: list[int] = field(default_factory=list)
    id: str | None = None
    ends: list[tuple[int, object, object]] = field(default_factory=list)
    """(event, finish_reason, usage)"""
    blocks: dict[tuple[str, int], Block] = field(default_factory=dict)
    plan: list[tuple[int, str]] = field(default_factory=list)
    misnamed: list[tuple[int, str, str]] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    unknown: dict[str, int] = field(default_factory=dict)
    symbols: list[tuple[int, str]] = field(default_factory=list)


def build(stream: Stream[CohereView]) -> CohereView:
    """The view of a stream."""
    view = CohereView()
    for event in stream.events:
        kind, index, data = event.kind, event.index, event.parsed
        view.symbols.append((index, kind if kind in ("message-start", "message-end", "invalid", "[DONE]") else "other"))
        if type(data) is not dict:
            if kind == "[DONE]":
                view.done.append(index)
            continue
        if event.name and event.name != data.get("type"):
            view.misnamed.append((index, event.name, str(data.get("type"))))
        _take(view, index, kind, data)
    return view


def _take(view: CohereView, event: int, kind: str, data: dict[str, Any]) -> None:
    delta = data.get("delta")
    delta = delta if type(delta) is dict else {}
    message = delta.get("message")
    message = message if type(message) is dict else {}
    family, _, step = kind.rpartition("-")
    if kind == "message-start":
        view.starts.append(event)
        view.id = view.id or (data["id"] if isinstance(data.get("id"), str) else None)
    elif kind == "message-end":
        view.ends.append((event, delta.get("finish_reason"), delta.get("usage")))
    elif kind == "tool-plan-delta":
        if type(message.get("tool_plan")) is str:
            view.plan.append((event, message["tool_plan"]))
    elif family in FAMILIES:
        _block(view, event, family, step, data.get("index"), message)
    elif kind == "unknown":
        view.unknown.setdefault(str(data.get("type")), event)


def _block(view: CohereView, event: int, family: str, step: str, index: object, message: dict[str, Any]) -> None:
    key = (family, index if type(index) is int else 0)
    block = view.blocks.get(key)
    if block is None:
        block = view.blocks[key] = Block(*key, event)
    block.last, block.open = event, step != "end"
    if not block.symbols or block.symbols[-1][1] != step or step != "delta":
        block.symbols.append((event, step))
    body = message.get({"content": "content", "tool-call": "tool_calls"}.get(family, "citations"))
    if type(body) is not dict:
        return
    if step == "start":
        block.start = body
    function = body.get("function")
    piece = function.get("arguments") if type(function) is dict else body.get(block.text_key)
    if type(piece) is str:
        block.pieces.append((event, piece))


def text_of(event: StreamEvent) -> str:
    """The text that one event adds to the answer."""
    try:
        return str(event.parsed["delta"]["message"]["content"].get("text", ""))
    except (AttributeError, KeyError, TypeError):
        return ""
