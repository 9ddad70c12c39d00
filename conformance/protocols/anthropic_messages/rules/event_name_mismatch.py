"""The name of an event is not the type in its data.

The SDKs choose by the name, other clients by `type`: they see two different streams.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_payload
from ..samples import TEXT
from ..view import MessagesView

GOOD = TEXT
BAD = TEXT.swap("event: content_block_delta\n", "event: delta\n", 1)


@rule(
    level=Level.ERROR,
    family=Family.FRAMING,
    statements=("M01",),
    cite=Cite(
        "https://platform.claude.com/docs/en/build-with-claude/streaming",
        "Each event will use an SSE event name (e.g. `event: message_stop`), and include the matching event "
        "`type` in its data.",
    ),
    needs=(Evidence.FRAMING,),
    when=has_payload,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    for event, name, kind in stream.view.misnamed:
        yield Fault(f"the event is named {name!r}, its data says {kind!r}", event, "/type")
