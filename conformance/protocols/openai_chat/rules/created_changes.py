"""The `created` time is not the same in all chunks.

It is the time of the completion, not of the chunk. Clients that key a message by it, or show it, see one answer as
many. Servers that stamp each chunk with the clock do this (Ollama, xAI, Groq). Zero, which Azure sends with its content
filter results, is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.samples import TEXT
from conformance.protocols.openai_chat.view import ChatView

GOOD = TEXT
BAD = TEXT.swap("1700000000", "1700000001", 1)


@rule(
    level=Level.WARNING,
    family=Family.SHAPE,
    statements=("C03",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
        "The Unix timestamp (in seconds) of when the chat completion was created. Each chunk has the same timestamp.",
    ),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    times = [(value, event) for value, event in stream.view.created.items() if type(value) is int and value]
    if len(times) > 1:
        (first, _), (other, event) = times[0], times[1]
        yield Fault(f"{len(times)} different values of created in one stream: {first}, then {other}", event, "/created")
