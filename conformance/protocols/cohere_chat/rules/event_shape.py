"""An event does not fit its schema.

Every event has the members that its type gives it; the SDKs build typed objects from them.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..samples import TEXT
from ..view import CohereView

GOOD = TEXT
BAD = TEXT.swap('{"text":"lo"}', '{"text":null}')


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    cite=Cite(
        "https://docs.cohere.com/v2/docs/streaming",
        "Each event has a type. Events of different types need to be handled correctly.",
    ),
)
def check(stream: Stream[CohereView]) -> Iterator[Fault]:
    return stream.shape_faults("event-shape")
