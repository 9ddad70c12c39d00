"""The `service_tier` is none that the API names.

The member is an enumeration. Typed clients fail on other values, or read them as unknown; price tables have no row for
them. Null means that nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.samples import TEXT
from conformance.protocols.openai_chat.view import ChatView

GOOD = (
    TEXT.swap('"created"', '"service_tier":"default","created"'),
    TEXT.swap('"created"', '"service_tier":null,"created"'),
)
BAD = TEXT.swap('"created"', '"service_tier":"on_demand","created"')

TIERS = ("auto", "default", "flex", "scale", "priority", "fast")


@rule(
    level=Level.WARNING,
    family=Family.SHAPE,
    statements=("C06",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
        "Specifies the processing type used for serving the request.",
    ),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for tier, event in stream.view.tiers.items():
        if isinstance(tier, str) and tier not in TIERS:
            message = f"service_tier is {tier!r}, expected one of {', '.join(TIERS)}, or null"
            yield Fault(message, event, "/service_tier")
