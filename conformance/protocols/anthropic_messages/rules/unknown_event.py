"""An event is of a type that nobody lists.

The API may add types, and clients are told to pass over them; a gateway's own types are lost on every client.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_payload
from ..samples import HELLO, TEXT, event
from ..view import MessagesView

GOOD = TEXT
BAD = TEXT.swap(HELLO, event("heartbeat") + HELLO)


@rule(
    level=Level.NOTE,
    family=Family.SHAPE,
    statements=("M42",),
    cite=Cite(
        "https://platform.claude.com/docs/en/build-with-claude/streaming",
        "we may add new event types, and your code should handle unknown event types gracefully.",
    ),
    when=has_payload,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    for kind, first in stream.view.unknown.items():
        yield Fault(f"an event of the type {kind!r}", first, "/type")
