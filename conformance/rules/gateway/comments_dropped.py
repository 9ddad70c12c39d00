"""Comments of the upstream do not reach the client.

A comment says nothing to the client and much to what stands between: it keeps a silent connection alive. A gateway
that drops the upstream's and sends none of its own lets its clients run into timeouts while a model thinks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.core.transparency import Comparison
from conformance.rules.gateway.conditions import compared, sides, when
from conformance.rules.gateway.samples import TEXT, through
from conformance.rules.gateway.words import counted, quoted

_KEPT = TEXT.swap("data: ", ": keep-alive\n\ndata: ", 1)
GOOD = through(_KEPT)
BAD = through(TEXT, _KEPT)


def _commented(found: Comparison) -> str | None:
    return None if found.above is not None and found.above.facts.comments else "the upstream sent no comment"


@rule(
    level=Level.NOTE,
    family=Family.TRANSPARENCY,
    statements=("D03",),
    cite=Cite(
        "https://github.com/Wei-Shaw/sub2api/pull/2021",
        "feat(openai): pass through SSE comment keepalives during reasoning stalls",
    ),
    on=On.RESPONSE,
    needs=(Evidence.FRAMING,),
    when=when(compared, _commented),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    found = sides(stream)
    sent = len(found.above.facts.comments) if found.above is not None else 0
    got = len(found.below.facts.comments)
    if got < sent:
        first = found.above.facts.comments[0].text if found.above is not None else ""
        yield Fault(f"the upstream sent {counted(sent, 'comment')} ({quoted(first)}), {got} arrived")
