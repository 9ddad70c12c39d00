"""An `error` event says nothing that one can show.

It has a `message` (and a `code`, a `type`, a `param`), either in an `error` object, as OpenAI and Azure send it, or at
the top, as OpenAI's API description has it. Both are accepted; note that OpenAI's SDKs raise on the nested form alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OPEN, STREAMING
from conformance.protocols.openai_responses.conditions import has_error
from conformance.protocols.openai_responses.samples import ERROR, FAILED_EVENTS
from conformance.protocols.openai_responses.script import put, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (
    ERROR,
    stream(*put(FAILED_EVENTS, "in_progress", {"type": "error", "code": "x", "message": "No.", "param": None})),
)
BAD = (
    stream(*put(FAILED_EVENTS, "in_progress", {"type": "error"})),
    stream(*put(FAILED_EVENTS, "in_progress", {"type": "error", "error": "No."})),
)


@rule(
    level=Level.ERROR,
    family=Family.ERRORS,
    statements=("R29",),
    cite=(
        Cite(STREAMING, "Emitted when an error occurs."),
        Cite(OPEN, "Errors are also emitted as events in the streaming protocol"),
    ),
    breaks=(Breaks("openai-dotnet", "https://github.com/openai/openai-dotnet/issues/881"),),
    when=has_error,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for event, data in stream.view.errors:
        if any(fault.event == event for fault in stream.shape_faults("error-shape")):
            yield Fault(f"no message, neither in `error` nor at the top: members {', '.join(map(str, data))}", event)
