"""The order of a Chat Completions stream, as two tables: one for the stream, one for each choice.

Law: tables only. Sources, https://platform.openai.com/docs/api-reference/chat-streaming and its OpenAPI description:

    include_usage: "If set, an additional chunk will be streamed before the `data: [DONE]` message. The `usage` field on
    this chunk shows the token usage statistics for the entire request, and the `choices` field will always be an empty
    array."

    stream: tokens come "as they become available, with the stream terminated by a `data: [DONE]` message".

A chunk with empty `choices` and without usage may come anywhere before `[DONE]`: content filter results (Azure) before
the first and after the last token, and the `moderation` chunk, which OpenAI sends behind the usage.
"""

from __future__ import annotations

from conformance.core.grammar import ANY, Grammar

STREAM = Grammar(
    name="stream",
    start="start",
    table={
        "start": {"chunk": "streaming", "empty": "start", "usage": "usage", "error": "error", "[DONE]": "done"},
        "streaming": {"chunk": "streaming", "empty": "streaming", "usage": "usage", "error": "error", "[DONE]": "done"},
        "usage": {"empty": "usage", "error": "error", "[DONE]": "done"},
        "error": {"[DONE]": "done"},
        "done": {},
    },
    accept=frozenset({"done"}),
    faults={
        ("done", "[DONE]"): "done-repeated",
        ("done", ANY): "data-after-done",
        ("error", ANY): "data-after-error",
        ("usage", "chunk"): "chunk-after-usage",
        ("usage", "usage"): "usage-repeated",
        (ANY, "invalid"): "payload-not-json",
        (ANY, "unknown"): "unknown-event",
    },
)

CHOICE = Grammar(
    name="choice",
    start="start",
    table={
        "start": {"role": "open"},
        "open": {"reasoning": "open", "content": "answering", "tool": "answering", "finish": "finished"},
        "answering": {"content": "answering", "tool": "answering", "finish": "finished"},
        "finished": {},
    },
    accept=frozenset({"finished"}),
    faults={
        ("start", ANY): "role-missing",
        ("open", "role"): "role-repeated",
        ("answering", "role"): "role-repeated",
        ("answering", "reasoning"): "reasoning-after-content",
        ("finished", "role"): "role-repeated",
        ("finished", "finish"): "finish-repeated",
        ("finished", ANY): "content-after-finish",
    },
    resync={"finish": "finished"},
)
