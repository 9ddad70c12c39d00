"""Streams in Cohere's own shape, from which the rules make their good and bad examples.

Law: each is complete, legal and small.
"""

from __future__ import annotations

from typing import Any

import orjson

from conformance.core.example import Example


def event(kind: str, **data: Any) -> str:
    """One event as wire text."""
    return f"event: {kind}\ndata: {orjson.dumps({'type': kind, **data}).decode()}\n\n"


def text(piece: str) -> str:
    """A piece of the answer."""
    return event("content-delta", index=0, delta={"message": {"content": {"text": piece}}})


def end(reason: str) -> str:
    """The end of the message, with its usage."""
    usage = {"tokens": {"input_tokens": 3, "output_tokens": 2}}
    return event("message-end", delta={"finish_reason": reason, "usage": usage})


def arguments(piece: str) -> str:
    """A piece of a tool call's arguments."""
    return event("tool-call-delta", index=0, delta={"message": {"tool_calls": {"function": {"arguments": piece}}}})


def stream(*events: str, **request: Any) -> Example:
    """A whole exchange. `request` adds fields to the request's body."""
    asked = {"model": "command-x", "stream": True, "messages": [{"role": "user", "content": "Hi"}], **request}
    return Example("".join(events), request=asked, path="/v2/chat")


START = event("message-start", id="m-1", delta={"message": {"role": "assistant", "content": [], "tool_calls": []}})
END = end("COMPLETE")
_CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": ""}}

TEXT = stream(
    START,
    event("content-start", index=0, delta={"message": {"content": {"type": "text", "text": ""}}}),
    text("Hel"),
    text("lo"),
    event("content-end", index=0),
    END,
)

TOOL = stream(
    START,
    event("tool-plan-delta", delta={"message": {"tool_plan": "I look."}}),
    event("tool-call-start", index=0, delta={"message": {"tool_calls": _CALL}}),
    arguments('{"city":'),
    arguments('"Oslo"}'),
    event("tool-call-end", index=0),
    end("TOOL_CALL"),
)


def thinking(piece: str) -> str:
    """A piece of the reasoning."""
    return event("content-delta", index=0, delta={"message": {"content": {"thinking": piece}}})


_CITED = {"start": 0, "end": 2, "text": "Hi", "sources": [{"type": "document", "id": "d-1"}]}

THINKING = stream(
    START,
    event("content-start", index=0, delta={"message": {"content": {"type": "thinking", "thinking": ""}}}),
    thinking("Let me "),
    thinking("see."),
    event("content-end", index=0),
    event("content-start", index=1, delta={"message": {"content": {"type": "text", "text": ""}}}),
    event("content-delta", index=1, delta={"message": {"content": {"text": "Hi"}}}),
    event("citation-start", index=0, delta={"message": {"citations": _CITED}}),
    event("citation-end", index=0),
    event("content-end", index=1),
    END,
)
