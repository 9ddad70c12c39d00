"""The order of a Messages stream, as two tables: one for the message, one for each content block.

Law: tables only. Source: https://platform.claude.com/docs/en/build-with-claude/streaming

    "1. `message_start`: contains a `Message` object with empty `content`."
    "2. A series of content blocks, each of which have a `content_block_start`, one or more `content_block_delta`
    events, and a `content_block_stop` event."
    "3. One or more `message_delta` events, indicating top-level changes to the final `Message` object."
    "4. A final `message_stop` event."
    "Event streams may also include any number of `ping` events."

Where recordings of the API itself go another way, the tables follow them: a block may have no delta (results of server
tools, redacted thinking), and a message that message_start already holds whole (`whole`: programmatic tool calling) is
followed by message_stop alone.
"""

from __future__ import annotations

from conformance.core.grammar import ANY, Grammar


def _anywhere(state: str) -> dict[str, str]:
    """What may come in any state without changing it: a rule of its own speaks for what is wrong with it."""
    return dict.fromkeys(("ping", "unknown", "invalid", "[DONE]"), state)


MESSAGE = Grammar(
    name="message",
    start="start",
    table={
        "start": {"message_start": "open", "whole": "whole", "error": "error", **_anywhere("start")},
        "whole": {"message_stop": "done", "error": "error", **_anywhere("whole")},
        "open": {
            "content_block_start": "in block",
            "content_block_delta": "open",  # for a block that is not open: the block's own table speaks for it
            "content_block_stop": "open",
            "message_delta": "closing",
            "error": "error",
            **_anywhere("open"),
        },
        "in block": {
            "content_block_delta": "in block",
            "content_block_stop": "open",
            "error": "error",
            **_anywhere("in block"),
        },
        "closing": {
            "message_delta": "closing",
            "message_stop": "done",
            "content_block_delta": "closing",
            "content_block_stop": "closing",
            "error": "error",
            **_anywhere("closing"),
        },
        "done": dict.fromkeys(("unknown", "invalid", "[DONE]"), "done"),
        "error": dict.fromkeys(("unknown", "invalid", "[DONE]"), "error"),
    },
    accept=frozenset({"done", "error"}),
    faults={
        ("start", ANY): "message-start-missing",
        ("done", "message_start"): "message-start-repeated",
        ("done", "whole"): "message-start-repeated",
        ("done", ANY): "event-after-message-stop",
        ("error", ANY): "event-after-error",
        ("in block", "content_block_start"): "blocks-overlap",
        ("in block", "message_delta"): "block-not-stopped",
        ("in block", "message_stop"): "block-not-stopped",
        ("open", "message_stop"): "message-delta-missing",
        ("closing", "content_block_start"): "block-after-message-delta",
        (ANY, "message_start"): "message-start-repeated",
        (ANY, "whole"): "message-start-repeated",
    },
    resync={
        "message_start": "open",
        "whole": "whole",
        "content_block_start": "in block",
        "content_block_delta": "open",
        "content_block_stop": "open",
        "message_delta": "closing",
        "message_stop": "done",
    },
)

_ALL_DELTAS = (
    "text_delta", "citations_delta", "input_json_delta", "thinking_delta", "signature_delta", "compaction_delta",
    "other_delta",
)  # fmt: skip

_STARTS = {
    "text": "text",
    "tool_use": "tool",
    "server_tool_use": "tool",
    "mcp_tool_use": "tool",
    "thinking": "thinking",
    "redacted_thinking": "bare",
    "compaction": "compaction",
    "other": "other",
}
"""Type of block (`other`: results of tools, and what is beta or new) -> state."""

BLOCK = Grammar(
    name="block",
    start="closed",
    table={
        "closed": _STARTS,
        "text": {"text_delta": "text", "citations_delta": "text", "other_delta": "text", "stop": "stopped"},
        "tool": {"input_json_delta": "tool", "other_delta": "tool", "stop": "stopped"},
        "thinking": {
            "thinking_delta": "thinking",
            "signature_delta": "signed",
            "other_delta": "thinking",
            "stop": "stopped",
        },
        "signed": {"other_delta": "signed", "stop": "stopped"},
        "bare": {"stop": "stopped"},
        "compaction": {"compaction_delta": "compaction", "other_delta": "compaction", "stop": "stopped"},
        "other": {**dict.fromkeys(_ALL_DELTAS, "other"), "stop": "stopped"},
        "stopped": {},
    },
    accept=frozenset({"stopped"}),
    faults={
        ("closed", "stop"): "block-stop-without-start",
        ("closed", ANY): "delta-outside-block",
        ("stopped", "stop"): "block-stop-without-start",
        **{("stopped", delta): "delta-outside-block" for delta in _ALL_DELTAS},
        ("stopped", ANY): "block-index-reused",
        ("signed", "thinking_delta"): "signature-misplaced",
        ("signed", "signature_delta"): "signature-misplaced",
        **{(ANY, delta): "delta-type-mismatch" for delta in _ALL_DELTAS},
        **{(ANY, kind): "block-index-reused" for kind in _STARTS},
    },
    resync=_STARTS,
)
