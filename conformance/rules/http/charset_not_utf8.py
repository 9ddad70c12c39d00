"""The Content-Type names another charset than UTF-8.

Event streams are UTF-8, and the parameter may say nothing else. Readers that follow the standard ignore it; general
HTTP clients, among them httpx and requests, decode by it and turn every letter beyond ASCII into two wrong ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.http.conditions import fields, has_headers
from conformance.rules.http.samples import PLAIN, with_field

GOOD = (PLAIN, with_field(PLAIN, "content-type", 'text/event-stream; charset="UTF-8"'))
BAD = with_field(PLAIN, "content-type", "text/event-stream; charset=iso-8859-1")


@rule(
    level=Level.ERROR,
    family=Family.TRANSPORT,
    statements=("S02",),
    cite=(
        Cite(
            "https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream",
            "Event streams in this format must always be encoded as UTF-8.",
        ),
        Cite(
            "https://html.spec.whatwg.org/multipage/iana.html#text/event-stream",
            "This parameter serves no purpose; it is only allowed for compatibility with legacy servers.",
        ),
    ),
    on=On.STREAM,
    needs=(Evidence.HEADERS,),
    when=has_headers,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    sent = fields(stream).get("content-type", "")
    if ";" not in sent:
        return
    charset = charset_of(sent)
    if charset is not None and charset.lower() not in ("utf-8", "utf8"):
        yield Fault(f"Content-Type is {sent!r}: the charset of an event stream is utf-8")


def charset_of(content_type: str) -> str | None:
    """The charset parameter of a Content-Type value, or None."""
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip(" \t\"'")
    return None
