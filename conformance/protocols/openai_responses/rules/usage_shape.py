"""The usage lacks figures, or they are no whole numbers.

`input_tokens`, `output_tokens`, `total_tokens`, and the details of both (`cached_tokens`, `reasoning_tokens`): typed
clients refuse the final event over one that is missing, and with it the end of the answer.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OBJECT
from conformance.protocols.openai_responses.conditions import has_usage
from conformance.protocols.openai_responses.samples import TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import DELETED, edit, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = TEXT
BAD = (
    stream(*edit(TEXT_EVENTS, "completed", "response.usage.output_tokens_details", DELETED)),
    stream(*edit(TEXT_EVENTS, "completed", "response.usage.input_tokens_details.cached_tokens", None)),
)


@rule(
    level=Level.ERROR,
    family=Family.USAGE,
    statements=("R30",),
    cite=(
        Cite(OBJECT, "A detailed breakdown of the input tokens."),
        Cite(OBJECT, "A detailed breakdown of the output tokens."),
    ),
    when=has_usage,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    return stream.shape_faults("usage-shape")
