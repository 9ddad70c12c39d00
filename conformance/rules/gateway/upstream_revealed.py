"""The answer tells the client where the upstream is.

A field of the head, or an error, holds the host and port that the gateway asked: an internal address, which is
nobody's business outside, and a way around the gateway for whoever can reach it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.core.transparency import Comparison
from conformance.rules.gateway.conditions import forwarded, sides, when
from conformance.rules.gateway.samples import HEADERS, SAME, TEXT, through

GOOD = SAME
BAD = through(TEXT.but(headers=(*HEADERS, ("x-api-base", "http://example.com/v1"))), TEXT)


def _address(found: Comparison) -> str:
    """Host and port that the gateway asked, as its request names them."""
    request = found.above.recording.request if found.above is not None else None
    return (request.headers.get("host") or request.host) if request is not None else ""


@rule(
    level=Level.NOTE,
    family=Family.TRANSPARENCY,
    cite=Cite(
        "https://github.com/BerriAI/litellm/pull/3430", "feat(proxy_server.py): return api base in response headers"
    ),
    on=On.RESPONSE,
    when=when(forwarded),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    found = sides(stream)
    address = _address(found)
    for name, value in found.below.recording.headers:
        if address and address in value:
            yield Fault(f"the field {name} holds the upstream's address")
    error = found.said[1].error
    if error is not None and error.message and address and address in error.message:
        yield Fault("the error's message holds the upstream's address", error.event)
