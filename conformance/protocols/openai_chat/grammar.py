"""The order of a Chat Completions stream, as two tables: one for the stream, one for each choice.

Law: tables only. Sources, https://platform.openai.com/docs/api-reference/chat-streaming and its OpenAPI description:

    include_usage: "If set, an additional chunk will be streamed before the `data: [DONE]` message. The `usage` field on
    this chunk shows the token usage statistics for the entire request, and the `choices` field will always be an empty
    array."

    stream (of the older Completions, whose framing it shares): tokens come "as they become available, with the stream
    terminated by a `data: [DONE]` message".

    finish_reason: "The reason the model stopped generating tokens."

A chunk with empty `choices` and without usage may come anywhere before `[DONE]`: content filter results (Azure) before
the first and after the last token, and the `moderation` chunk, which OpenAI sends behind the usage. A payload that is
no JSON (`invalid`) moves nothing: a rule about payloads speaks for it. A role moves nothing either: that it stands in
the first delta, and only there, is a custom, which `role-missing` and `role-repeated` watch.
"""

from __future__ import annotations

from conformance.core.grammar import ANY, Grammar

STREAM = Grammar(
    name="stream",
    start="start",
    table={
        "start": {
            "chunk": "streaming",
            "empty": "start",
            "usage": "usage",
            "error": "error",
            "[DONE]": "done",
            "invalid": "start",
        },
        "streaming": {
            "chunk": "streaming",
            "empty": "streaming",
            "usage": "usage",
            "error": "error",
            "[DONE]": "done",
            "invalid": "streaming",
        },
        "usage": {"empty": "usage", "error": "error", "[DONE]": "done", "invalid": "usage"},
        "error": {"[DONE]": "done", "invalid": "error"},
        "done": {"invalid": "done"},
    },
    accept=frozenset({"done"}),
    faults={
        ("done", "[DONE]"): "done-repeated",
        ("done", ANY): "data-after-done",
        ("error", ANY): "data-after-error",
        ("usage", "chunk"): "chunk-after-usage",
        ("usage", "usage"): "usage-repeated",
        (ANY, "unknown"): "unknown-event",
    },
)

CHOICE = Grammar(
    name="choice",
    start="open",
    table={
        "open": {
            "role": "open",
            "reasoning": "open",
            "content": "answering",
            "tool": "answering",
            "finish": "finished",
        },
        "answering": {"role": "answering", "content": "answering", "tool": "answering", "finish": "finished"},
        "finished": {"role": "finished"},
    },
    accept=frozenset({"finished"}),
    faults={
        ("answering", "reasoning"): "reasoning-after-content",
        ("finished", "finish"): "finish-repeated",
        ("finished", ANY): "content-after-finish",
    },
)
