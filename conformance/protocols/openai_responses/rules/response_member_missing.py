"""A response lacks members that every response has.

The snapshot of a lifecycle event is a whole response: what does not apply is null, not left out. Typed clients (Go,
Rust, C#, Kotlin) refuse the event over one missing member, and with it the end of the stream.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OBJECT, STREAMING
from conformance.protocols.openai_responses.conditions import has_snapshot
from conformance.protocols.openai_responses.samples import TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import DELETED, edit, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = TEXT
BAD = (
    stream(*edit(TEXT_EVENTS, "completed", "response.metadata", DELETED)),
    stream(*edit(edit(TEXT_EVENTS, "created", "response.tools", DELETED), "created", "response.error", DELETED)),
)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("R10",),
    cite=(
        Cite(STREAMING, "The response that was created."),
        Cite(OBJECT, "The object type of this resource - always set to `response`."),
    ),
    when=has_snapshot,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    lacking: dict[int, list[str]] = {}
    for fault in stream.shape_faults("response-member-missing"):
        lacking.setdefault(fault.event or 0, []).append(fault.message.split("'")[1])
    for event, members in lacking.items():
        yield Fault(f"the response lacks {', '.join(members)}", event, "/response")
