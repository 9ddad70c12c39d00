"""The gateway answers, and never asked its upstream.

Whatever the client got, it is not what the model said: a cached answer, a refusal of the gateway's own (a model that
it does not know, a member of the request that it does not take), or a route that leads nowhere. All that the other
rules of this folder compare is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.gateway.conditions import sides, stayed, when
from conformance.rules.gateway.samples import SAME, TEXT

GOOD = SAME
BAD = TEXT.but(upstream=())


@rule(
    level=Level.ERROR,
    family=Family.TRANSPARENCY,
    statements=("D03",),
    cite=Cite(
        "https://www.rfc-editor.org/rfc/rfc9110#section-3.7",
        "translates received requests and forwards them inbound to another server or servers.",
    ),
    on=On.RESPONSE,
    when=when(stayed),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    status = stream.recording.status
    if not sides(stream).sandwich.upstream:
        yield Fault(f"the client got {status}, and no request reached the upstream")
