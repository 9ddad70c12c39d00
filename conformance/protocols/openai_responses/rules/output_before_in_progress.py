"""Output comes before `response.in_progress`.

A response that puts out text is being worked on; the event that says so comes before it. A client that resets its
answer when work begins loses what came earlier.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OPEN
from conformance.protocols.openai_responses.conditions import first_missteps, has_items
from conformance.protocols.openai_responses.samples import TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import drop, put, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = TEXT
BAD = stream(*put(drop(TEXT_EVENTS, "in_progress"), "output_item.added", TEXT_EVENTS[1]))


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("R63",),
    cite=Cite(
        OPEN, "When a `Response` moves from `queued` to `in_progress`, a `response.in_progress` event is emitted."
    ),
    when=has_items,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for fault in first_missteps(stream, "output-before-in-progress"):
        first = min(item.first for item in stream.view.items.values())
        yield Fault(f"response.in_progress comes behind output (event {first})", fault.event)
