"""An event has no `event:` line.

The official SDKs go by the name of the server-sent event, not by `type` in its data: an event without a name is
passed over, and a stream without names yields nothing at all, not even an error.
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
BAD = TEXT.swap("event: content_block_delta\n", "", 1)


@rule(
    level=Level.ERROR,
    family=Family.FRAMING,
    statements=("M01",),
    cite=(
        Cite(
            "https://platform.claude.com/docs/en/build-with-claude/streaming",
            "Each event will use an SSE event name (e.g. `event: message_stop`), and include the matching event "
            "`type` in its data.",
        ),
        Cite(
            "https://platform.claude.com/docs/en/api/versioning",
            "All events are named events, rather than data-only events.",
        ),
    ),
    needs=(Evidence.FRAMING,),
    when=has_payload,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    unnamed = stream.view.unnamed
    if unnamed:
        yield Fault(f"{len(unnamed)} of {len(stream.events)} events have no `event:` line", unnamed[0])
