"""An event has a type that nobody has described.

The types are those of OpenAI and Open Responses; a server that adds its own puts its name before it
(`acme:trace_event`), so that the next version of the API cannot mean something else by it. OpenAI's SDKs hand an
unknown type on as some event that they know. OpenRouter sends `response.debug` and `response.fusion_call.*`, OpenAI
itself `keepalive` now and then.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import SLUG
from conformance.protocols.openai_responses.samples import TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import put, stream
from conformance.protocols.openai_responses.view import ResponsesView
from conformance.protocols.openai_responses.wire import CORE_KINDS, INVENTED

GOOD = (TEXT, stream(*put(TEXT_EVENTS, "in_progress", {"type": "acme:trace_event"})))
BAD = (
    stream(*put(TEXT_EVENTS, "in_progress", {"type": "response.thinking"})),
    stream(*put(TEXT_EVENTS, "in_progress", {"type": "response.debug", "debug": {}})),
)


@rule(
    level=Level.WARNING,
    family=Family.SHAPE,
    statements=("R42", "R43"),
    cite=SLUG,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for kind, seen in stream.view.kinds.items():
        if kind not in CORE_KINDS and kind not in INVENTED and ":" not in kind:
            yield Fault(
                f"{kind[:80]!r} is no event of OpenAI or Open Responses ({seen.count} times)", seen.first, "/type"
            )
