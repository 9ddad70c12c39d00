"""The upstream ended, and the client waits for ever.

The body was complete, or the connection broke; the gateway holds its client's connection open and sends nothing more.
Clients hang until their own timeout, and take it for a slow model.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import End, EndKind
from conformance.core.rule import Breaks, Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.core.transparency import Comparison, Framing
from conformance.rules.gateway.conditions import forwarded, sides, when
from conformance.rules.gateway.samples import BROKEN, SAME, through

_HUNG = End(EndKind.TIMEOUT, at=40_000)
GOOD = SAME
BAD = through(BROKEN.but(end=_HUNG), BROKEN)


def _ended(found: Comparison) -> str | None:
    ended = found.framing[0] in (Framing.CLEAN, Framing.TRUNCATED)
    return None if ended else "the upstream did not end"


@rule(
    level=Level.ERROR,
    family=Family.TRANSPARENCY,
    statements=("W03",),
    cite=Cite(
        "https://github.com/decolua/9router/pull/3222",
        "A client waiting for a terminal event blocks until its own timeout.",
    ),
    breaks=(Breaks("every client that waits for the end", "https://github.com/decolua/9router/pull/3222"),),
    on=On.RESPONSE,
    when=when(forwarded, _ended),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    found = sides(stream)
    if found.framing[1] is Framing.HANG and found.above is not None:
        how = "closed its connection in mid-stream" if found.framing[0] is Framing.TRUNCATED else "ended its body"
        waited = found.below.recording.end.at
        long = f" ({waited / 1000:.0f} s)" if waited is not None else ""
        yield Fault(f"the upstream {how}; the client waited until it gave up{long}", at=waited)
