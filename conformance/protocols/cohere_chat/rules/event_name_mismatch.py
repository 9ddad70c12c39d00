"""The name of an event is not the type in its data.

Some clients choose by the `event:` line, others by `type`: they see two different streams.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..samples import TEXT
from ..view import CohereView

GOOD = TEXT
BAD = TEXT.swap("event: content-delta\n", "event: delta\n", 1)


@rule(
    level=Level.ERROR,
    family=Family.FRAMING,
    cite=Cite(
        "https://docs.cohere.com/v2/docs/streaming",
        "Each event has a type. Events of different types need to be handled correctly.",
    ),
    needs=(Evidence.FRAMING,),
)
def check(stream: Stream[CohereView]) -> Iterator[Fault]:
    for event, name, kind in stream.view.misnamed:
        yield Fault(f"the event is named {name!r}, its data says {kind!r}", event, "/type")
