"""The `event:` line names another type than the data.

The name in the `event:` line and the `type` in the data are one and the same: some clients choose by the line, some by
the data, and where the two differ they read two different streams. Lines that are missing are `event-name-missing`.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OPEN
from conformance.protocols.openai_responses.samples import TEXT
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = TEXT
BAD = TEXT.swap("event: response.output_text.done", "event: message")


@rule(
    level=Level.ERROR,
    family=Family.FRAMING,
    statements=("R01",),
    cite=Cite(OPEN, "The `event` field MUST match the `type` in the event body."),
    needs=(Evidence.FRAMING,),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for (name, kind), seen in stream.view.names.items():
        if name:
            message = f"the event: line says {name[:60]!r}, the type is {kind[:60]!r} ({seen.count} times)"
            yield Fault(message, seen.first)
