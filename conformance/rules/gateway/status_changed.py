"""The client gets another status than the upstream answered.

Clients decide by the status whether to try again, to wait or to give up. A 429 that becomes 500 is retried at once; a
400 that becomes 502 is retried for ever; an error that becomes 200 is not seen by what looks at the status alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.gateway.conditions import refused, sides, when
from conformance.rules.gateway.samples import REFUSED, SAME, through

GOOD = (through(REFUSED), SAME)
BAD = through(REFUSED.but(status=500), REFUSED)


@rule(
    level=Level.WARNING,
    family=Family.TRANSPARENCY,
    statements=("W04", "T06"),
    cite=(
        Cite(
            "https://github.com/kortix-ai/suna/pull/5986",
            "fix(llm-gateway): surface real upstream errors instead of generic Bad Gateway",
        ),
        Cite(
            "https://github.com/sourcegraph/sourcegraph-public-snapshot/issues/52633",
            "codygateway: 429 errors from gateway become 500 errors in Sourcegraph",
        ),
    ),
    on=On.RESPONSE,
    when=when(refused),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    found = sides(stream)
    sent = found.above.recording.status if found.above is not None else 0
    got = found.below.recording.status
    if sent != got and not (found.looks_well and found.below.succeeded):
        where = ", with an error in its stream" if found.below.succeeded else ""
        yield Fault(f"the upstream answered {sent}, the client got {got}{where}")
