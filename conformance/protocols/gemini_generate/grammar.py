"""The order of a Gemini stream, as two tables: one for the stream, one for each candidate.

Law: tables only. Sources: the API's proto (google/ai/generativelanguage/v1beta/generative_service.proto):

    finish_reason: "If empty, the model has not stopped generating tokens."

    block_reason: "If set, the prompt was blocked and no candidates are returned."

There is no terminal event and no sentinel: a stream is complete when every candidate has its finish reason, or when the
prompt was blocked.
"""

from __future__ import annotations

from conformance.core.grammar import ANY, Grammar

STREAM = Grammar(
    name="stream",
    start="start",
    table={
        "start": {
            "chunk": "streaming",
            "usage": "start",
            "blocked": "blocked",
            "error": "error",
            "invalid": "start",
            "[DONE]": "start",
        },
        "streaming": {
            "chunk": "streaming",
            "usage": "streaming",
            "error": "error",
            "invalid": "streaming",
            "[DONE]": "streaming",
        },
        "blocked": {"usage": "blocked", "invalid": "blocked", "[DONE]": "blocked"},
        "error": {"invalid": "error", "[DONE]": "error"},
    },
    accept=frozenset({"streaming", "blocked", "error"}),
    faults={
        ("streaming", "blocked"): "prompt-blocked-late",
        ("blocked", ANY): "prompt-blocked-late",
        ("error", ANY): "data-after-error",
        (ANY, "unknown"): "unknown-event",
    },
)

CANDIDATE = Grammar(
    name="candidate",
    start="open",
    table={"open": {"part": "open", "finish": "finished"}, "finished": {}},
    accept=frozenset({"finished"}),
    faults={("finished", "finish"): "finish-repeated", ("finished", "part"): "content-after-finish"},
)
