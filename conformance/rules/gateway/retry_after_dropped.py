"""The upstream said when to try again, and the client is not told.

`Retry-After` is what SDKs wait by. Without it they guess, come back too early, and are refused again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.core.transparency import Comparison
from conformance.rules.gateway.conditions import refused, sides, when
from conformance.rules.gateway.samples import REFUSED, through

GOOD = through(REFUSED)
BAD = through(REFUSED.but(headers=REFUSED.headers[:-1], also=("http/error-without-retry-after",)), REFUSED)


FIELD = "retry-after"


def _said_when(found: Comparison) -> str | None:
    if found.below.recording.status < 400:
        return "the client was given no error status"
    told = found.above is not None and FIELD in found.above.recording.headers
    return None if told else "the upstream did not say when to try again"


@rule(
    level=Level.WARNING,
    family=Family.TRANSPARENCY,
    statements=("T06",),
    cite=(
        Cite(
            "https://github.com/BerriAI/litellm/issues/21553",
            'upstream provider "retry-after" header not forwarded to client',
        ),
        Cite(
            "https://github.com/api7/aisix/issues/144",
            "Gateway should forward upstream Retry-After header on 429 pass-through",
        ),
    ),
    breaks=(Breaks("OpenAI SDK", "https://github.com/BerriAI/litellm/issues/21553"),),
    on=On.RESPONSE,
    needs=(Evidence.HEADERS,),
    when=when(refused, _said_when),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    found = sides(stream)
    sent = found.above.recording.headers.get(FIELD) if found.above is not None else None
    got = found.below.recording.headers.get(FIELD)
    if sent != got:
        yield Fault(f"Retry-After was {sent}, and is {got}" if got else f"Retry-After was {sent}, and is not handed on")
