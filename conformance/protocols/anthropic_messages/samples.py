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


def text(index: int, *pieces: str) -> str:
    """A whole block of text."""
    return start(index) + "".join(delta(index, text=piece) for piece in pieces) + stop(index)


def call(index: int, kind: str, *pieces: str, **block: Any) -> str:
    """A whole block that calls a tool, with its input in pieces."""
    deltas = "".join(delta(index, "input_json_delta", partial_json=piece) for piece in pieces)
    return start(index, kind, **{"input": {}, **block}) + deltas + stop(index)


def result(index: int, kind: str, of: str, content: Any, **block: Any) -> str:
    """A whole block with the result of a server tool."""
    return start(index, kind, tool_use_id=of, content=content, **block) + stop(index)


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

_FOUND = {
    "type": "web_search_result_location",
    "cited_text": "Found",
    "url": "https://example.com",
    "encrypted_index": "Eo8B",
}
SEARCH = stream(
    message_start(),
    start(0, "server_tool_use", id="srvtoolu_1", name="web_search", input={}),
    delta(0, "input_json_delta", partial_json='{"query":"x"}'),
    stop(0),
    start(1, "web_search_tool_result", tool_use_id="srvtoolu_1", content=[{"type": "web_search_result"}]),
    stop(1),
    start(2, citations=[]),
    delta(2, text="Found."),
    delta(2, "citations_delta", citation=_FOUND),
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

LONG = stream(
    message_start(),
    start(0) + PING,
    *(delta(0, text=piece) for piece in ("Once", " upon", " a", " time", ",", " there", " was", " a")),
    stop(0),
    message_delta("max_tokens", 64, context_management={"applied_edits": []}),
    MESSAGE_STOP,
)

AGENT = stream(
    message_start(),
    start(0, "thinking"),
    PING,
    delta(0, "thinking_delta", thinking="Both.", estimated_tokens=2),
    delta(0, "signature_delta", signature="c2lnbmVk"),
    stop(0),
    text(1, "Let me look."),
    call(2, "tool_use", "", '{"city": "Os', 'lo"}', id="toolu_1", name="weather", caller={"type": "direct"}),
    call(3, "tool_use", "", '{"zone": 2}', id="toolu_2", name="time", caller={"type": "direct"}),
    message_delta("tool_use", 42),
    MESSAGE_STOP,
    tools=[{"name": name, "input_schema": {"type": "object"}} for name in ("weather", "time")],
)

OMITTED = stream(
    message_start(),
    start(0, "thinking") + delta(0, "signature_delta", signature="c2lnbmVk") + stop(0),
    text(1, "Hello"),
    END,
    thinking={"type": "adaptive", "display": "omitted"},
)

_PLACE = {"type": "char_location", "cited_text": "Grass.", "document_index": 0, "start_char_index": 0}
CITED = stream(
    message_start(),
    text(0, "According to it, "),
    start(1, citations=[]),
    delta(1, "citations_delta", citation={**_PLACE, "document_title": None, "end_char_index": 6}),
    delta(1, text="grass is green"),
    stop(1),
    text(2, "."),
    END,
)

CODE = stream(
    message_start(),
    call(0, "server_tool_use", "", '{"command": "ls"}', id="srvtoolu_1", name="bash_code_execution"),
    result(1, "bash_code_execution_tool_result", "srvtoolu_1", {"type": "bash_code_execution_result", "stdout": ""}),
    call(2, "mcp_tool_use", "{}", id="mcptoolu_1", name="ask", server_name="wiki"),
    result(3, "mcp_tool_result", "mcptoolu_1", [{"type": "text", "text": "42"}], is_error=False),
    start(4, "container_upload", file_id="file_1") + stop(4),
    text(5, "Done."),
    message_delta(
        delta={"stop_reason": "end_turn", "stop_sequence": None, "container": {"id": "c", "expires_at": "2026-01-01"}},
    ),
    MESSAGE_STOP,
)

PAUSED = stream(
    message_start(),
    text(0, "I search."),
    call(1, "server_tool_use", "", '{"query": "x"}', id="srvtoolu_1", name="web_search"),
    message_delta("pause_turn", usage={"output_tokens": 5, "server_tool_use": {"web_search_requests": 1}}),
    MESSAGE_STOP,
)

COMPACTED = stream(
    message_start(),
    start(0, "compaction", content=None),
    PING,
    delta(0, "compaction_delta", content="They said hello.", encrypted_content=None),
    stop(0),
    text(1, "Hello!"),
    message_delta(usage={"input_tokens": 3, "output_tokens": 8, "iterations": []}),
    MESSAGE_STOP,
)

FALLBACK = stream(
    message_start(),
    start(0, "fallback", **{"from": {"model": "claude-x"}, "to": {"model": "claude-y"}}) + stop(0),
    text(1, "Hello"),
    END,
)

VERTEX = stream(message_start(), event("vertex_event", usage={"input_tokens": 9}), HELLO, END)
BEDROCK = TEXT.swap(MESSAGE_STOP, event("message_stop", **{"amazon-bedrock-invocationMetrics": {"inputTokenCount": 9}}))
