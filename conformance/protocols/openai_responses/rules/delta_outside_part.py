"""Text comes for a content part that is closed, or of another type.

Text goes into a part that is open, and of its own type: `output_text` into an `output_text` part, a refusal into a
`refusal` part. A client that has closed the part drops the text; one that looks at the part's type throws.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import HELPER, PART_DONE, STREAMING
from conformance.protocols.openai_responses.conditions import first_missteps, has_parts
from conformance.protocols.openai_responses.samples import (
    RAW_REASONING,
    REASONING,
    REFUSAL,
    REFUSAL_EVENTS,
    TEXT,
    TEXT_EVENTS,
)
from conformance.protocols.openai_responses.script import put, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TEXT, REFUSAL, REASONING, RAW_REASONING)
BAD = (
    stream(*put(TEXT_EVENTS, "content_part.done", {**TEXT_EVENTS[4], "delta": ""})).but(
        also=("openai-responses/delta-empty",)
    ),
    stream(
        *(
            {**event, "part": {"type": "output_text", "text": ""}} if event["type"].endswith("part.added") else event
            for event in REFUSAL_EVENTS
        )
    ).but(also=("openai-responses/done-event-missing",)),
)


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("R16", "R61"),
    cite=(
        Cite(STREAMING, "The index of the content part that the text delta was added to."),
        PART_DONE,
        Cite(STREAMING, "The type of the refusal. Always `refusal`."),
    ),
    breaks=(Breaks("openai-python stream helper", HELPER),),
    when=has_parts,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for fault in first_missteps(stream, "delta-outside-part"):
        kind, subject = stream.events[fault.event or 0].kind, fault.message.partition(":")[0]
        yield Fault(f"{subject}: {kind} comes when the part is closed, or of another type", fault.event)
