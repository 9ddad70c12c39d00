"""Events to the final Message, as the official SDKs accumulate them where the stream is legal.

Law: takes what the view holds; raises nothing. A tool's input that is not JSON stays an empty object.
"""

from __future__ import annotations

from typing import Any

from conformance.core.payload import parse
from conformance.core.stream import Stream

from .view import TOOLS, Block, Message, MessagesView

_FROM_DELTA = ("stop_reason", "stop_sequence", "stop_details", "container")


def accumulate(stream: Stream[MessagesView]) -> dict[str, Any] | None:
    """The Message that the events add up to (the last one, where there are several); None where there is none."""
    messages = stream.view.messages
    return _message(messages[-1]) if messages and messages[-1].start else None


def _message(message: Message) -> dict[str, Any]:
    content = message.start.get("content")
    built = {**message.start, "content": [*content] if isinstance(content, list) else []}
    built["content"] += [_block(block) for block in sorted(message.blocks, key=_place) if block.start]
    usage = message.start.get("usage")
    built["usage"] = dict(usage) if isinstance(usage, dict) else {}
    for _, delta, counts in message.deltas:
        built.update({name: delta[name] for name in _FROM_DELTA if name in delta})
        built["usage"].update({name: value for name, value in counts.items() if value is not None})
    return built


def _place(block: Block) -> int:
    return block.index


def _block(block: Block) -> dict[str, Any]:
    built = dict(block.start)
    if block.type == "text":
        built["text"] = _text(built.get("text")) + block.joined
        if block.citations:
            built["citations"] = [citation for _, citation in block.citations]
    elif block.type == "thinking":
        built["thinking"] = _text(built.get("thinking")) + block.joined
        if block.signatures:
            built["signature"] = block.signatures[-1][1]
    elif block.type in TOOLS and block.joined:
        value, flaw = parse(block.joined.encode())
        built["input"] = value if flaw is None and isinstance(value, dict) else {}
    return built


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
