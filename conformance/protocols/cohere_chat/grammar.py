"""The order of a Cohere chat stream: one table for the message, one for each content block, tool call and citation.

Law: tables only. Source: https://docs.cohere.com/v2/docs/streaming

    "The first event in the stream containing metadata for the request such as the id. Only one message-start event will
    be emitted."
    "The final event in the stream indicating the end of the streamed response. Only one message-end event will be
    emitted."

The page also promises one content block; models that think send two, each with its own index.
"""

from __future__ import annotations

from conformance.core.grammar import ANY, Grammar

MESSAGE = Grammar(
    name="message",
    start="start",
    table={
        "start": {"message-start": "open", "invalid": "start"},
        "open": {"other": "open", "message-end": "done", "invalid": "open", "[DONE]": "done"},
        "done": {"invalid": "done", "[DONE]": "done"},
    },
    accept=frozenset({"done"}),
    faults={
        ("start", ANY): "message-start-missing",
        ("open", "message-start"): "message-start-repeated",
        ("done", ANY): "event-after-message-end",
    },
    resync={"other": "open", "message-end": "done"},
)

BLOCK = Grammar(
    name="block",
    start="closed",
    table={
        "closed": {"start": "open"},
        "open": {"delta": "open", "end": "closed"},
    },
    accept=frozenset({"closed"}),
    faults={("closed", ANY): "delta-outside-block", ("open", "start"): "delta-outside-block"},
)
