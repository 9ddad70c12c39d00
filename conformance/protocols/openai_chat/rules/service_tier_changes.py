"""The `service_tier` is not the same in all chunks.

It tells how the request was processed, and thereby what it costs; one request is processed one way. Null, and chunks
without the member, are passed over: some gateways tell it with the usage only.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.samples import TEXT
from conformance.protocols.openai_chat.view import ChatView

GOOD = (TEXT, TEXT.swap('"created"', '"service_tier":"default","created"', 1))
BAD = TEXT.swap('"created"', '"service_tier":"default","created"').swap('"default"', '"flex"', 1)


@rule(
    level=Level.WARNING,
    family=Family.SHAPE,
    statements=("C06",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
        "the response body will include the `service_tier` value based on the processing mode actually used to serve "
        "the request.",
    ),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    tiers = [(value, event) for value, event in stream.view.tiers.items() if isinstance(value, str) and value]
    if len(tiers) > 1:
        (first, _), (other, event) = tiers[0], tiers[1]
        message = f"{len(tiers)} different values of service_tier in one stream: {first!r}, then {other!r}"
        yield Fault(message, event, "/service_tier")
