"""A response is incomplete and does not say why.

`incomplete_details.reason` is `max_output_tokens` or `content_filter`. The client asks for more in the one case, and
must not in the other.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OBJECT
from conformance.protocols.openai_responses.conditions import ended
from conformance.protocols.openai_responses.samples import INCOMPLETE, INCOMPLETE_EVENTS
from conformance.protocols.openai_responses.script import edit, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = INCOMPLETE
BAD = (
    stream(*edit(INCOMPLETE_EVENTS, "incomplete", "response.incomplete_details", None)),
    stream(*edit(INCOMPLETE_EVENTS, "incomplete", "response.incomplete_details.reason", "length")),
)


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    statements=("R26",),
    cite=Cite(OBJECT, "The reason why the response is incomplete."),
    when=ended("incomplete"),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    return stream.shape_faults("incomplete-reason-missing")
