"""An event has a type of another API, or one that was made up.

`response.done`, `response.text.delta` and `response.error` belong to the Realtime API or to somebody's memory of it.
Clients of the Responses API pass them over, and miss the text or the end that they carry.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import SLUG, STREAMING
from conformance.protocols.openai_responses.samples import TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import put, stream
from conformance.protocols.openai_responses.view import ResponsesView
from conformance.protocols.openai_responses.wire import INVENTED

GOOD = TEXT
BAD = stream(*put(TEXT_EVENTS, "output_item.done", {"type": "response.done", "response": {}}))


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("R46",),
    cite=(SLUG, Cite(STREAMING, "Emitted when the model response is complete.")),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for kind, seen in stream.view.kinds.items():
        if kind in INVENTED:
            yield Fault(
                f"{kind} is no event of this API; it has {INVENTED[kind]} ({seen.count} times)", seen.first, "/type"
            )
