"""A line is neither a field of the standard nor a comment.

The standard knows `data`, `event`, `id` and `retry`; a reader ignores everything else. Such a line does nothing:
whoever wrote it meant something else: most often a comment (`INFRONAI PROCESSING`) whose colon is missing. Clients that
parse every line that is not empty fail on it.

Fields that look like a known one (`sse/near-miss-field`) and bare JSON (`sse/json-without-field`) have rules of their
own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.sse import Piece
from conformance.core.stream import Stream
from conformance.rules.sse.conditions import stray, whole
from conformance.rules.sse.samples import PLAIN

GOOD = (PLAIN, PLAIN.but(body=": PROCESSING\n\n" + PLAIN.raw.decode()))
BAD = (
    PLAIN.but(body="PROCESSING\n\n" + PLAIN.raw.decode()),
    PLAIN.but(body="x-trace: 1\n" + PLAIN.raw.decode()),
)


@rule(
    level=Level.WARNING,
    family=Family.FRAMING,
    statements=("S10",),
    cite=Cite(
        "https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation",
        "The field is ignored.",
    ),
    on=On.STREAM,
    needs=(Evidence.FRAMING,),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    for piece in whole(stream, stream.facts.unknown):
        if stray(piece) == "unknown":
            yield Fault(_message(piece), offset=piece.start)


def _message(piece: Piece) -> str:
    name, colon, _ = piece.text.partition(":")
    name = re.sub(r"\d+", "N", name[:60])
    hint = "" if colon else ": a comment needs a colon in front"
    return f"the line {name!r} is ignored by every reader{hint}"
