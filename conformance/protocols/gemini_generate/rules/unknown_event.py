"""A payload is neither a response nor an error.

Clients that read Gemini streams expect a GenerateContentResponse, or an object with `error`, in every event. What is
neither is dropped by some and fails in others.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..samples import TEXT, event
from ..view import GeminiView

GOOD = TEXT
BAD = TEXT.but(body=event({"type": "ping"}).encode() + TEXT.raw)


@rule(
    level=Level.WARNING,
    family=Family.SHAPE,
    statements=("G01",),
    cite=Cite(
        "https://github.com/googleapis/googleapis/blob/master/google/ai/generativelanguage/v1beta/generative_service.proto",
        "rpc StreamGenerateContent(GenerateContentRequest)",
    ),
)
def check(stream: Stream[GeminiView]) -> Iterator[Fault]:
    return stream.order_faults("unknown-event")
