"""Events have another `event:` name than the upstream gave them, or none.

Messages and Responses name their events twice, and some clients listen to the one, some to the other. Chat
Completions and Gemini have none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.core.transparency_change import Kind
from conformance.rules.gateway.conditions import compared, sides, when
from conformance.rules.gateway.samples import SAME, TEXT, through
from conformance.rules.gateway.words import became

GOOD = SAME
BAD = through(TEXT.swap("data: {", "event: message\ndata: {", 1), TEXT)


@rule(
    level=Level.NOTE,
    family=Family.TRANSPARENCY,
    statements=("D03",),
    cite=Cite(
        "https://github.com/ranxianglei/billion-context/pull/550",
        "fix: accept data-only SSE streams in responses adapter (#549)",
    ),
    on=On.RESPONSE,
    when=when(compared),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    for change in sides(stream).changes:
        if change.kind is Kind.EVENT_NAME:
            yield Fault(f"the event's name: {became(change)}", change.event)
