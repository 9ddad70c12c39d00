"""The body broke off before its end.

A chunked body ends with a chunk of size zero, an HTTP/2 stream with END_STREAM. A connection that closes before, or is
reset, leaves a body of which nobody can say what is missing. That the last event of the protocol had come does not
heal it: clients raise on the broken transport, and answers that are billed as whole are shown as failed.

Only our own recordings know how a body ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import End, EndKind, Evidence
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.http.samples import PLAIN


def _not_ended_by_us(stream: Stream[Any]) -> str | None:
    return stream.incomplete


GOOD = (PLAIN.paced(), PLAIN.but(end=End(EndKind.CANCELLED, by="client")).paced())
BAD = (
    PLAIN.but(end=End(EndKind.TRUNCATED, detail="peer closed connection without complete body")).paced(),
    PLAIN.but(end=End(EndKind.RESET)).paced(),
)


@rule(
    level=Level.ERROR,
    family=Family.TRANSPORT,
    statements=("T01", "T02"),
    cite=Cite(
        "https://www.rfc-editor.org/rfc/rfc9112#section-8",
        "A message body that uses the chunked transfer coding is incomplete if the zero-sized chunk that terminates "
        "the encoding has not been received.",
    ),
    on=On.RESPONSE,
    needs=(Evidence.READS,),
    when=_not_ended_by_us,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    if stream.cut:
        recording = stream.recording
        how = "the connection was reset" if recording.end.kind is EndKind.RESET else "the body stopped before its end"
        told = f" ({recording.end.detail})" if recording.end.detail else ""
        terminal = stream.marks.terminal if stream.events else None
        last = ", the one that ends the answer among them" if terminal is not None else ""
        yield Fault(
            f"{how} after {len(recording.body)} bytes ({len(stream.events)} whole events{last}){told}",
            offset=len(recording.body),
            at=recording.end.at,
        )
