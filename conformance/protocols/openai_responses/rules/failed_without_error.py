"""A response failed and does not say why.

`response.error` of a failed response has a code and a message. Without them a client can neither tell the user nor
decide whether to try again.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OBJECT
from conformance.protocols.openai_responses.conditions import ended
from conformance.protocols.openai_responses.samples import ERROR, FAILED, FAILED_EVENTS
from conformance.protocols.openai_responses.script import edit, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (FAILED, ERROR)
BAD = (
    stream(*edit(FAILED_EVENTS, "failed", "response.error", None)),
    stream(*edit(FAILED_EVENTS, "failed", "response.error", {"message": "?"})).but(
        also=("openai-responses/event-shape",)
    ),
)


@rule(
    level=Level.ERROR,
    family=Family.ERRORS,
    statements=("R27",),
    cite=Cite(OBJECT, "An error object returned when the model fails to generate a Response."),
    when=ended("failed"),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    return stream.shape_faults("failed-without-error")
