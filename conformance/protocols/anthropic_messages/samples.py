"""Streams in Anthropic's own shape, from which the rules make their good and bad examples.

Law: each is complete, legal and small, and is made of one event per helper, so that `Example.swap` reads well.
"""

from __future__ import annotations

from typing import Any

import orjson

from conformance.core.example import Example


def event(kind: str, **data: Any) -> str:
    """One event as wire text."""
    return f"event: {kind}\ndata: {orjson.dumps({'type': kind, **data}).decode()}\n\n"


def message_start(usage: dict[str, Any] | None = None, **message: Any) -> str:
    """The message without its content."""
    whole: dict[str, Any] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-x",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage or {"input_tokens": 9, "output_tokens": 1},
    }
    return event("message_start", message={**whole, **message})


def start(index: int, kind: str = "text", **block: Any) -> str:
    """A block opens."""
    default: dict[str, dict[str, Any]] = {
        "text": {"text": ""},
        "thinking": {"thinking": "", "signature": ""},
        "tool_use": {"input": {}},
    }
    return event("content_block_start", index=index, content_block={"type": kind, **default.get(kind, {}), **block})


def delta(index: int, kind: str = "text_delta", **fields: Any) -> str:
    """A change to a block."""
    return event("content_block_delta", index=index, delta={"type": kind, **fields})


def stop(index: int) -> str:
    """A block closes."""
    return event("content_block_stop", index=index)


def message_delta(reason: str | None = "end_turn", output: int = 5, sequence: str | None = None, **top: Any) -> str:
    """Why the message stopped, and its usage."""
    changes = {"stop_reason": reason, "stop_sequence": sequence}
    return event("message_delta", **{"delta": changes, "usage": {"output_tokens": output}, **top})


PING = event("ping")
MESSAGE_STOP = event("message_stop")
END = message_delta() + MESSAGE_STOP


def stream(*events: str, **request: Any) -> Example:
    """A whole exchange. `request` adds fields to the request's body."""
    asked = {
        "model": "claude-x",
        "max_tokens": 64,
        "stream": True,
        "messages": [{"role": "user", "content": "Hi"}],
        **request,
    }
    return Example("".join(events), request=asked, path="/v1/messages")


HELLO = start(0) + PING + delta(0, text="Hel") + delta(0, text="lo") + stop(0)

TEXT = stream(message_start(), HELLO, END)

TOOL = stream(
    message_start(),
    start(0),
    delta(0, text="Let me look."),
    stop(0),
    start(1, "tool_use", id="toolu_1", name="weather"),
    delta(1, "input_json_delta", partial_json=""),
    delta(1, "input_json_delta", partial_json='{"city":'),
    delta(1, "input_json_delta", partial_json='"Oslo"}'),
    stop(1),
    message_delta("tool_use"),
    MESSAGE_STOP,
    tools=[{"name": "weather", "input_schema": {"type": "object"}}],
)

TWO_TOOLS = stream(
    message_start(),
    start(0, "tool_use", id="toolu_1", name="weather"),
    delta(0, "input_json_delta", partial_json='{"city":"Oslo"}'),
    stop(0),
    start(1, "tool_use", id="toolu_2", name="time"),
    delta(1, "input_json_delta", partial_json=""),
    stop(1),
    message_delta("tool_use"),
    MESSAGE_STOP,
    tools=[{"name": name, "input_schema": {"type": "object"}} for name in ("weather", "time")],
)

THINKING = stream(
    message_start(),
    start(0, "thinking"),
    delta(0, "thinking_delta", thinking="Let me "),
    delta(0, "thinking_delta", thinking="see."),
    delta(0, "signature_delta", signature="c2lnbmVk"),
    stop(0),
    start(1),
    delta(1, text="Hello"),
    stop(1),
    END,
)

SEARCH = stream(
    message_start(),
    start(0, "server_tool_use", id="srvtoolu_1", name="web_search", input={}),
    delta(0, "input_json_delta", partial_json='{"query":"x"}'),
    stop(0),
    start(1, "web_search_tool_result", tool_use_id="srvtoolu_1", content=[{"type": "web_search_result"}]),
    stop(1),
    start(2, citations=[]),
    delta(2, text="Found."),
    delta(2, "citations_delta", citation={"type": "web_search_result_location", "url": "https://example.com"}),
    stop(2),
    message_delta(usage={"output_tokens": 5, "server_tool_use": {"web_search_requests": 1}}),
    MESSAGE_STOP,
)

STOP_SEQUENCE = stream(
    message_start(),
    HELLO,
    message_delta("stop_sequence", sequence="END"),
    MESSAGE_STOP,
    stop_sequences=["END"],
)

REFUSAL = stream(message_start(), PING, message_delta("refusal", output=0), MESSAGE_STOP)

WHOLE = stream(
    message_start(content=[{"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}], stop_reason="tool_use"),
    MESSAGE_STOP,
)

REDACTED = stream(
    message_start(),
    start(0, "redacted_thinking", data="c2VjcmV0"),
    stop(0),
    start(1),
    delta(1, text="Hi"),
    stop(1),
    END,
)

ERROR = stream(
    message_start(),
    start(0),
    delta(0, text="Hel"),
    event("error", error={"type": "overloaded_error", "message": "Overloaded"}),
)
