"""The client gets an event that the upstream did not send.

A ping, a `[DONE]` where the protocol has none, a chunk with the gateway's own count. Readers that know their protocol
pass over some of them, and raise on others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.said import told
from conformance.core.stream import Stream
from conformance.rules.gateway.conditions import compared, sides, when
from conformance.rules.gateway.samples import DONE, SAME, TEXT, through
from conformance.rules.gateway.words import counted

GOOD = SAME
BAD = through(TEXT, TEXT.swap(DONE, ""))


@rule(
    level=Level.NOTE,
    family=Family.TRANSPARENCY,
    statements=("D03",),
    cite=Cite(
        "https://github.com/BerriAI/litellm/issues/27442",
        "[Bug]: Streaming SSE output differs from upstream for /v1/messages and /v1/responses",
    ),
    on=On.RESPONSE,
    when=when(compared),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    found = sides(stream)
    added = [found.below.events[n] for n in found.alignment.added]
    kinds = Counter(event.kind for event in added if not told(event.parsed))
    for kind, count in kinds.items():
        first = next(event.index for event in added if event.kind == kind)
        yield Fault(f"{counted(count, 'event')} of the kind {kind} that the upstream did not send", first)
