"""A delta is no string.

Clients append deltas with string addition: null becomes the word "null", a number is added in ways nobody meant, and
typed clients refuse the event. (The output of a shell command comes as an object of two strings.)
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import STREAMING
from conformance.protocols.openai_responses.conditions import has_channel
from conformance.protocols.openai_responses.samples import TEXT, TEXT_EVENTS, TOOL_EVENTS
from conformance.protocols.openai_responses.script import edit, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = TEXT
BAD = (
    stream(*edit(TEXT_EVENTS, "output_text.delta", "delta", None)).but(
        also=("openai-responses/text-differs-from-deltas",)
    ),
    stream(*edit(TOOL_EVENTS, "function_call_arguments.delta", "delta", {"city": "Oslo"})).but(
        also=("openai-responses/arguments-differ-from-deltas",)
    ),
)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("R36",),
    cite=Cite(STREAMING, "The text delta that was added."),
    when=has_channel(),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    return stream.shape_faults("delta-not-a-string")
