"""The reasoning is another than its deltas.

The text of a reasoning part, or of a part of its summary, stands again in the `.done` event, in the part and in the
item when they are done: the same, character by character.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import STREAMING
from conformance.protocols.openai_responses.conditions import has_channel
from conformance.protocols.openai_responses.samples import (
    RAW_REASONING,
    RAW_REASONING_EVENTS,
    REASONING,
    REASONING_EVENTS,
)
from conformance.protocols.openai_responses.script import drop, edit, stream
from conformance.protocols.openai_responses.texts import differences
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (REASONING, RAW_REASONING)
BAD = (
    stream(*drop(REASONING_EVENTS, "reasoning_summary_text.delta")),
    stream(*edit(RAW_REASONING_EVENTS, "reasoning_text.done", "text", "Thought")),
)


@rule(
    level=Level.ERROR,
    family=Family.REASONING,
    statements=("R19", "R45"),
    cite=(
        Cite(STREAMING, "The full text of the completed reasoning content."),
        Cite(STREAMING, "The full text of the completed reasoning summary."),
    ),
    when=has_channel("reasoning_text", "reasoning", "reasoning_summary_text"),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    yield from differences(stream, "reasoning_text", "reasoning", "reasoning_summary_text")
