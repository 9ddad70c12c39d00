"""Fields of the upstream's head do not reach the client.

Ids of requests, which a provider asks for when something is wrong; what is left of a rate limit; the cost. Fields
that are about one connection, and those that every server writes for itself, are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.gateway.conditions import answered, same_protocol, sides, when
from conformance.rules.gateway.samples import HEADERS, SAME, TEXT, through

GOOD = SAME
BAD = through(TEXT, TEXT.but(headers=(*HEADERS, ("x-ratelimit-remaining-tokens", "149984"))))


OWN = frozenset({
    "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "content-length",
    "date", "server", "via", "content-type", "content-encoding", "cache-control", "vary", "alt-svc", "retry-after",
    "access-control-allow-origin", "set-cookie", "strict-transport-security", "accept-ranges", "etag", "age",
})  # fmt: skip
"""Fields of one connection (RFC 9110, 7.6.1), those that each server writes for itself, and those that other rules look
after."""


@rule(
    level=Level.NOTE,
    family=Family.TRANSPARENCY,
    statements=("T08",),
    cite=Cite(
        "https://www.rfc-editor.org/rfc/rfc9110#section-5.1",
        "A proxy MUST forward unrecognized header fields unless the field name is listed in the Connection "
        "header field",
    ),
    on=On.RESPONSE,
    needs=(Evidence.HEADERS,),
    when=when(answered, same_protocol),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    found = sides(stream)
    sent = dict(found.above.recording.headers) if found.above is not None else {}
    lost = [name for name in sent if name.lower() not in OWN and name not in found.below.recording.headers]
    if lost:
        yield Fault(f"not handed on: {', '.join(sorted(lost))}")
