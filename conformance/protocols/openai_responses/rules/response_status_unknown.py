"""The status of a response is none of the six that there are.

`completed`, `failed`, `in_progress`, `cancelled`, `queued`, `incomplete`: clients switch on it, and one that does not
know the word keeps waiting.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OBJECT
from conformance.protocols.openai_responses.conditions import has_snapshot
from conformance.protocols.openai_responses.samples import TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import edit, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = TEXT
BAD = stream(*edit(TEXT_EVENTS, "in_progress", "response.status", "running")).but(
    also=("openai-responses/early-snapshot-wrong",)
)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("R51",),
    cite=Cite(
        OBJECT,
        "One of `completed`, `failed`, `in_progress`, `cancelled`, `queued`, or `incomplete`.",
    ),
    when=has_snapshot,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    return stream.shape_faults("response-status-unknown")
