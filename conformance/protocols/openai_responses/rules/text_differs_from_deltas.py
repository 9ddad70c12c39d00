"""The text of a message is another than its deltas.

What the deltas add up to stands again in the `.done` event, in the part when it is done, and in the item when it is
done: the same, character by character. A client that showed the deltas and stores the item stores another answer than
the user read; mostly a delta was lost, came twice, or was cut inside a character. Refusals count as text. Deltas that
add up in UTF-16 alone, cut between the escaped halves of a surrogate pair, are left to `sse/json-not-strict`.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import STREAMING
from conformance.protocols.openai_responses.conditions import has_channel
from conformance.protocols.openai_responses.samples import REFUSAL, REFUSAL_EVENTS, TEXT, TEXT_EVENTS, WEB_SEARCH
from conformance.protocols.openai_responses.script import drop, edit, stream
from conformance.protocols.openai_responses.texts import differences
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TEXT, REFUSAL, WEB_SEARCH)
BAD = (
    stream(*edit(TEXT_EVENTS, "output_text.delta", "delta", "Hal")),
    stream(*drop(TEXT_EVENTS, "output_text.delta")),
    stream(*edit(REFUSAL_EVENTS, "refusal.done", "refusal", "No.")),
)


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("R18", "R19", "R61"),
    cite=(
        Cite(STREAMING, "The text content that is finalized."),
        Cite(STREAMING, "The refusal text that is finalized."),
    ),
    when=has_channel("output_text", "refusal"),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    yield from differences(stream, "output_text", "refusal")
