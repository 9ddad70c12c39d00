"""Bytes of one stream reach the client of another.

Under load two answers run into each other: a shared buffer, a connection that was given back too early. What one user
asked another one reads. Every stream of a load carries a word of its own in its text; a word of another stream is
proof.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.sandwich import marker, markers
from conformance.core.stream import Stream
from conformance.core.transparency import Comparison
from conformance.rules.gateway.conditions import sides, when
from conformance.rules.gateway.samples import TEXT, through
from conformance.rules.gateway.words import counted

_MINE = through(TEXT.swap("Hello", marker(1)), marker=marker(1), load=2)
GOOD = _MINE
BAD = through(
    TEXT.swap("Hello", f"{marker(1)} {marker(2)}"),
    TEXT.swap("Hello", f"{marker(1)} {marker(2)}"),
    marker=marker(1),
    load=2,
)


def _marked(found: Comparison) -> str | None:
    return None if "marker" in found.sandwich.asked else "the stream carries no marker"


@rule(
    level=Level.ERROR,
    family=Family.TRANSPARENCY,
    cite=Cite("https://github.com/joeferner/node-http-mitm-proxy/issues/32", "Mixed chunks when simultaneous requests"),
    on=On.RESPONSE,
    when=when(_marked),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    found = sides(stream)
    foreign = sorted(markers(stream.recording.body) - {str(found.sandwich.asked.get("marker"))})
    if foreign:
        place = stream.recording.body.find(foreign[0].encode())
        yield Fault(
            f"the stream holds what belongs to {counted(len(foreign), 'other stream')}: {', '.join(foreign[:4])}",
            offset=place,
        )
