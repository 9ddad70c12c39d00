"""An event does not fit its schema.

Every event has the members and types that its type gives it; the SDKs build typed objects from them, and reach into
them without asking. Failures that have a name of their own are reported under it; this rule speaks for the rest.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..samples import TEXT
from ..view import MessagesView

GOOD = TEXT
BAD = TEXT.swap('"text":"lo"', '"text":null')


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=(
        "M03",
        "M06",
        "M13",
        "M14",
        "M21",
        "M22",
    ),
    cite=Cite(
        "https://platform.claude.com/docs/en/build-with-claude/streaming",
        "Each server-sent event includes a named event type and associated JSON data.",
    ),
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    return stream.shape_faults("event-shape")
