"""A field name is misspelled, so that its line is lost.

Names are compared letter by letter: `Data:`, `DATA:`, ` data:` with a blank in front and `data :` with one behind are
unknown fields, and a conforming reader drops them without a word. Lenient clients read them nevertheless, so that the
fault shows with some clients only. A second byte order mark makes the first field such a name, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.sse.conditions import stray, whole
from conformance.rules.sse.samples import PLAIN

GOOD = PLAIN
BAD = (PLAIN.swap("data: ", "Data: ", 1), PLAIN.swap("data: ", " data: ", 1))


@rule(
    level=Level.ERROR,
    family=Family.FRAMING,
    statements=("S11",),
    cite=Cite(
        "https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation",
        "Field names must be compared literally, with no case folding performed.",
    ),
    on=On.STREAM,
    needs=(Evidence.FRAMING,),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    for piece in whole(stream, stream.facts.unknown):
        if stray(piece) == "near-miss":
            name = piece.text.partition(":")[0]
            meant = name.strip(" \t\ufeff\u200b").lower()
            yield Fault(f"the field {name!r} is not {meant!r}: its line is ignored", offset=piece.start)
