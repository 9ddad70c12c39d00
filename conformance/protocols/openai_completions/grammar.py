"""The order of a legacy completions stream: one table for the stream, one for each choice.

Law: tables only. Source: https://platform.openai.com/docs/api-reference/completions/create

    stream: "Whether to stream back partial progress. If set, tokens will be sent as data-only server-sent events as
    they become available, with the stream terminated by a `data: [DONE]` message."
"""

from __future__ import annotations

from conformance.core.grammar import ANY, Grammar

STREAM = Grammar(
    name="stream",
    start="streaming",
    table={
        "streaming": {
            "chunk": "streaming",
            "unknown": "streaming",
            "invalid": "streaming",
            "error": "error",
            "[DONE]": "done",
        },
        "error": {"[DONE]": "done", "invalid": "error"},
        "done": {"invalid": "done"},
    },
    accept=frozenset({"done"}),
    faults={
        ("done", "[DONE]"): "done-repeated",
        ("done", ANY): "data-after-done",
        ("error", ANY): "data-after-error",
    },
)

CHOICE = Grammar(
    name="choice",
    start="open",
    table={"open": {"text": "open", "finish": "finished"}, "finished": {}},
    accept=frozenset({"finished"}),
    faults={("finished", "finish"): "finish-repeated", ("finished", "text"): "content-after-finish"},
)
