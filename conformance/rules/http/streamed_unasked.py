"""The answer is a stream that nobody asked for.

`stream` is false by default. A client that did not ask for a stream reads the body as one JSON document, and fails on
its first line; where a server glues `data: [DONE]` behind a JSON document, it fails on the last.

APIs that are asked by another path than by a field (`:streamGenerateContent`) are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, On, rule
from conformance.core.stream import EVENT_STREAM, Stream
from conformance.rules.http.conditions import known_protocol
from conformance.rules.http.samples import CHAT


def _by_field(stream: Stream[Any]) -> str | None:
    """A success of a known API, which is asked for a stream by a field of the request; written or labelled as one."""
    if not stream.succeeded:
        return f"the response is an error ({stream.recording.status})"
    if not stream.is_event_stream and stream.recording.media_type != EVENT_STREAM:
        return "the answer is no event stream"
    if "stream" in stream.recording.request.uri.lower():
        return "the address itself asks for a stream"
    if not stream.asked:
        return "the request's body is no JSON object"
    return known_protocol(stream)


GOOD = CHAT
BAD = (
    CHAT.but(request={key: value for key, value in CHAT.request.items() if key != "stream"}),
    CHAT.asking(stream=False),
    CHAT.but(body='{"id":"chatcmpl-1","choices":[]}\n\ndata: [DONE]\n\n', request={"model": "gpt-x"}),
)


@rule(
    level=Level.ERROR,
    family=Family.TRANSPORT,
    statements=("T11",),
    cite=(
        Cite(
            "https://www.openresponses.org/specification",
            "When not streaming, servers MUST return data only as `application/json`.",
        ),
        Cite(
            "https://github.com/decolua/9router/issues/3492",
            "Non-streaming /v1/chat/completions returns text/event-stream and appends data: [DONE], "
            "breaking JSON clients",
        ),
    ),
    breaks=(Breaks("AI SDK", "https://github.com/decolua/9router/issues/3492"),),
    on=On.RESPONSE,
    needs=(Evidence.REQUEST,),
    when=_by_field,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    asked = stream.asked
    if not asked.get("stream"):
        said = f"`stream` is {asked['stream']!r}" if "stream" in asked else "the request has no `stream`"
        what = "is" if stream.is_event_stream else "is labelled as"
        yield Fault(f"{said}, but the answer {what} an event stream")
