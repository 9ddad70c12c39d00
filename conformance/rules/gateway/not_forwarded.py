"""The gateway answers, and never asked its upstream.

Whatever the client got, it is not what the model said: a cached answer, a page of the gateway's own, a circuit that is
open, or a route that leads nowhere. All that the other rules of this folder compare is missing. A request that the
gateway refuses with a word of its own (400: a member that it does not take, 404: a model that it does not know) is
passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.core.transparency import Comparison
from conformance.rules.gateway.conditions import sides, stayed, when
from conformance.rules.gateway.samples import SAME, TEXT

GOOD = SAME
BAD = TEXT.but(upstream=())


_OWN_RIGHT = range(400, 429)
"""A request that the gateway does not take, by its own word."""


def _taken(found: Comparison) -> str | None:
    status = found.below.recording.status
    refused = status in _OWN_RIGHT and not found.sandwich.upstream
    return f"the gateway itself refused the request ({status})" if refused else None


@rule(
    level=Level.ERROR,
    family=Family.TRANSPARENCY,
    statements=("D03",),
    cite=Cite(
        "https://www.rfc-editor.org/rfc/rfc9110#section-3.7",
        "translates received requests and forwards them inbound to another server or servers.",
    ),
    on=On.RESPONSE,
    when=when(stayed, _taken),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    recording = stream.recording
    if not sides(stream).sandwich.upstream:
        got = "no answer" if recording.reason == "no answer" else recording.status
        yield Fault(f"the client got {got}, and no request reached the upstream")
