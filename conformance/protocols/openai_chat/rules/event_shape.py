"""A chunk does not fit its schema.

Every payload of a Chat Completions stream is a JSON object with the members and types that the API description gives
them. Typed clients (Go, Rust, Kotlin, Swift) refuse the whole stream over one member of another type. Failures that
have a name of their own are reported under it; this rule speaks for the rest.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.samples import TEXT
from conformance.protocols.openai_chat.view import ChatView

GOOD = TEXT
BAD = TEXT.swap('"created":1700000000', '"created":"now"', 1)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("C01",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
        "Represents a streamed chunk of a chat completion response returned by the model, based on the provided input.",
    ),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    return stream.shape_faults("event-shape")
