"""A delta is empty.

A delta adds something. An empty one costs a whole event and says nothing; a client that measures the time to the first
token takes it for the answer. One finding per part or call.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import STREAMING
from conformance.protocols.openai_responses.conditions import has_channel
from conformance.protocols.openai_responses.samples import TEXT, TEXT_EVENTS, TOOL
from conformance.protocols.openai_responses.script import put, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TEXT, TOOL)
BAD = stream(*put(TEXT_EVENTS, "content_part.added", {**TEXT_EVENTS[4], "delta": ""}))


@rule(
    level=Level.WARNING,
    family=Family.SHAPE,
    statements=("R36",),
    cite=Cite(STREAMING, "Emitted when there is an additional text delta."),
    when=has_channel(),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for item, text in stream.view.texts:
        if text.empty:
            yield Fault(f"{item.name}: {text.empty} of {len(text.deltas)} deltas of {text.name} are empty", text.first)
