"""The stream holds no event.

The server answered 200 and promised an event stream, and then sent nothing, or comments only. Clients that loop over
the events end without an error, and show an empty answer as if the model had given it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.sse.samples import PLAIN


def _told_elsewhere(stream: Stream[Any]) -> str | None:
    """Another rule says why there is no event."""
    if stream.cut:
        return f"the transport broke off ({stream.cut})"
    if stream.facts.unterminated or stream.facts.unknown:
        return "what the body holds is no event: other rules say why"
    return None


GOOD = PLAIN
BAD = (PLAIN.but(body=""), PLAIN.but(body=": PROCESSING\n\n: PROCESSING\n\n"))


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    statements=("S05",),
    cite=Cite(
        "https://github.com/preloop/preloop/issues/109",
        "Gateway SSE streaming returns empty HTTP 200 stream (0 bytes, no finish_reason)",
    ),
    breaks=(
        Breaks("pi", "https://github.com/earendil-works/pi/issues/2537"),
        Breaks("Hermes", "https://github.com/preloop/preloop/issues/109"),
    ),
    on=On.STREAM,
    needs=(Evidence.FRAMING,),
    complete=True,
    when=_told_elsewhere,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    if not stream.events:
        comments = len(stream.facts.comments)
        held = f"{comments} comment lines" if comments else f"{len(stream.recording.body)} bytes"
        yield Fault(f"the body ended without any event: it holds {held}")
