"""One request of the client becomes several of the gateway.

The upstream refused, and the gateway asked again by itself, often several times, before it told its client. The
client waits without knowing why, its own retries multiply with the gateway's, and a provider that asked for less
traffic gets more. Seen with gateways in front of official SDKs, which retry twice by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import EndKind, Recording
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.gateway.conditions import forwarded, sides, stayed, when
from conformance.rules.gateway.samples import REFUSED, SAME, through

GOOD = (through(REFUSED), SAME)
BAD = through(REFUSED, REFUSED, REFUSED, REFUSED)


def _failed(recording: Recording) -> bool:
    return recording.status >= 400 or recording.end.kind is not EndKind.EOF


@rule(
    level=Level.WARNING,
    family=Family.TRANSPARENCY,
    statements=("W02",),
    cite=(
        Cite(
            "https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2",
            "A proxy MUST NOT automatically retry non-idempotent requests.",
        ),
        Cite("https://github.com/caura-ai/caura/pull/859", "SDK retries emit no log line"),
    ),
    on=On.RESPONSE,
    when=when(forwarded, stayed),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    found = sides(stream).sandwich.upstream
    if len(found) > 1 and _failed(found[0].recording):
        told = ", ".join(str(one.recording.status) for one in found)
        waited = (found[-1].arrived - found[0].arrived) / 1000
        yield Fault(f"the gateway asked {len(found)} times within {waited:.1f} s (answers: {told})")
