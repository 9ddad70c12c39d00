"""The gateway ends an answer that the upstream never ended.

The upstream stopped without a finish reason and without the event that ends an answer, or told an error; the client
reads `stop`, `end_turn` or `[DONE]`. It takes what it has for the whole answer and goes on with half of it. An answer
that broke off and reads as a clean end without any of these is `gateway/truncation-laundered`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.core.transparency import Comparison, Framing
from conformance.rules.gateway.conditions import heard, sides, when
from conformance.rules.gateway.samples import ASKED, FAILED, HELLO, LAST, SAME, TEXT, through

_UNASKED = {name: ASKED[name] for name in ("model", "stream", "messages")}
_OPEN = TEXT.but(body=HELLO)
GOOD = (SAME, through(FAILED))
BAD = through(TEXT.swap(LAST, "").but(request=_UNASKED, also=("gateway/event-added",)), _OPEN.but(request=_UNASKED))


_WELL = ("stop", "tools", "length")


def _never_ended(found: Comparison) -> str | None:
    if found.said[0].ending is not None or found.terminated[0]:
        return "the upstream ended its answer"
    laundered = found.framing[0] is Framing.TRUNCATED and found.looks_well
    return "the answer broke off: gateway/truncation-laundered speaks for it" if laundered else None


@rule(
    level=Level.ERROR,
    family=Family.TRANSPARENCY,
    statements=("W03",),
    cite=Cite(
        "https://github.com/ENTERPILOT/GoModel/pull/1017",
        "the converter emitted `message_stop` with `end_turn`, so a truncated answer looked like a finished turn.",
    ),
    on=On.RESPONSE,
    when=when(heard, _never_ended),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    found = sides(stream)
    theirs = found.said[1]
    if theirs.ending in _WELL:
        yield Fault(f"the upstream told no reason for its end, the client reads {', '.join(theirs.finish)}")
    elif found.terminated[1] and theirs.error is None:
        yield Fault(f"the upstream did not end its answer, the client reads {stream.events[-1].kind}")
