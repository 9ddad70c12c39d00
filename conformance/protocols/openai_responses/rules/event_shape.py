"""An event does not fit its schema.

Every event is a JSON object with the members and types that the API description gives its type. Typed clients (Go,
Rust, C#, Kotlin) refuse the whole stream over one member of another type. Failures that have a name of their own are
reported under it; this rule speaks for the rest. An event whose data has no `type` is read as its `event:` line says.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OPEN, STREAMING
from conformance.protocols.openai_responses.samples import CODE, IMAGE, MCP, SHELL, TEXT, TEXT_EVENTS, TOOL, WEB_SEARCH
from conformance.protocols.openai_responses.script import edit, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TEXT, TOOL, WEB_SEARCH, CODE, MCP, IMAGE, SHELL)
BAD = (
    stream(*edit(TEXT_EVENTS, "created", "response.object", "chat.completion")),
    TEXT.swap('"type":"response.output_text.done",', "", 1),
    stream(*edit(TEXT_EVENTS, "output_text.delta", "logprobs", {})),
    TEXT.swap("event: response.in_progress", "event: response.in_progress\ndata: 7\n\nevent: response.in_progress"),
)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("R01", "R10"),
    cite=(
        Cite(STREAMING, "An event that is emitted when a response is created."),
        Cite(OPEN, "with individual `data` objects returned as JSON-encoded strings"),
    ),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    yield from stream.shape_faults("event-shape")
    for index in stream.view.broken:
        event = stream.events[index]
        if event.parsed is not None or event.raw.strip() == b"null":
            yield Fault(f"JSON that is no object: {event.data[:60]!r}", index)
