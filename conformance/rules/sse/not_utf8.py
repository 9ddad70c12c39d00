"""The stream is not UTF-8.

There is no other encoding for an event stream, and no way to declare one. A browser puts U+FFFD in the place of what it
cannot decode, so that text is lost; `openai-python` raises UnicodeDecodeError and ends the stream. The usual cause is a
proxy that cuts characters of several bytes, or a server that writes Latin-1.

A character that the end of a broken-off body cut in two is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.sse.samples import PLAIN

GOOD = (PLAIN, PLAIN.swap("Hel", "Blåbær 😀"))
BAD = PLAIN.but(body=PLAIN.raw.replace(b"Hel", b"Bl\xe5b\xe6r"))


@rule(
    level=Level.ERROR,
    family=Family.FRAMING,
    statements=("S02",),
    cite=Cite(
        "https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream",
        "Event streams in this format must always be encoded as UTF-8.",
    ),
    on=On.STREAM,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    body = stream.recording.body
    at = None if body.isascii() else stream.first_not_utf8
    if at is not None and not (len(body) - at < 4 and (stream.incomplete or stream.cut)):
        yield Fault(f"byte {body[at]:#04x} is not UTF-8; around it: {body[max(0, at - 12) : at + 12]!r}", offset=at)
