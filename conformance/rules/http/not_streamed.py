"""A stream was asked for, and the answer is none.

The request says `"stream": true`, or `alt=sse` in its address; the response is a success, and its body is one JSON
document. Clients that asked for events refuse the media type, or find no event in the body and show an empty answer.

Judged where the protocol is known, because other APIs stream in other ways (JSON lines, binary event streams), or where
the answer is labelled as an event stream.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, On, rule
from conformance.core.stream import EVENT_STREAM, Stream
from conformance.rules.http.conditions import known_protocol
from conformance.rules.http.samples import CHAT, with_field


def _asked(stream: Stream[Any]) -> str | None:
    """A stream was asked for, successfully, of a known API; or the answer itself says that it is one."""
    if not stream.succeeded:
        return f"the response is an error ({stream.recording.status})"
    if not _wanted(stream):
        return "no stream was asked for"
    if stream.incomplete or stream.cut:
        return stream.incomplete or f"the transport broke off ({stream.cut})"
    labelled = stream.recording.media_type == EVENT_STREAM
    return None if labelled else known_protocol(stream)


def _wanted(stream: Stream[Any]) -> bool:
    """By the field `stream`, or, as Google's APIs are asked, by `alt=sse` in the address."""
    return stream.asked.get("stream") is True or "alt=sse" in stream.recording.request.uri.partition("?")[2].split("&")


_DOCUMENT = '{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"gpt-x","choices":[]}'

GOOD = CHAT
_ARRAY = '[{"candidates":[{"content":{"parts":[{"text":"Hi"}],"role":"model"},"finishReason":"STOP","index":0}]}]'
_GEMINI = "/v1beta/models/gemini-x:streamGenerateContent?alt=sse"
BAD = (
    with_field(CHAT.but(body=_DOCUMENT), "content-type", "application/json"),
    CHAT.but(body=_DOCUMENT, path="/"),
    with_field(CHAT.but(body=_ARRAY, path=_GEMINI, request={"contents": []}), "content-type", "application/json"),
)


@rule(
    level=Level.ERROR,
    family=Family.TRANSPORT,
    statements=("T10", "G01"),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/responses/create",
        "If set to true, the model response data will be streamed to the client as it is generated using",
    ),
    breaks=(Breaks("EventSource", "https://github.com/dunglas/mercure/issues/143"),),
    on=On.RESPONSE,
    needs=(Evidence.REQUEST,),
    when=_asked,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    if not stream.is_event_stream:
        label = stream.recording.media_type or "a body of no media type"
        begins = stream.recording.body[:40].decode("utf-8", "replace")
        asked = "`stream` is true" if stream.asked.get("stream") is True else "`alt=sse` asks for events"
        yield Fault(f"{asked}, but the answer is {label}, and begins {begins!r}", offset=0)
