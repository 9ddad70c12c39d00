"""An event is of a type that nobody lists.

Clients pass over it, or fail.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..samples import END, TEXT, event
from ..view import CohereView

GOOD = TEXT
BAD = TEXT.swap(END, event("heartbeat") + END)


@rule(
    level=Level.NOTE,
    family=Family.SHAPE,
    cite=Cite(
        "https://docs.cohere.com/v2/docs/streaming",
        "Each event has a type. Events of different types need to be handled correctly.",
    ),
)
def check(stream: Stream[CohereView]) -> Iterator[Fault]:
    for kind, first in stream.view.unknown.items():
        yield Fault(f"an event of the type {kind!r}", first, "/type")
