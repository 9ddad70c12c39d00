"""JSON stands in the stream without a field name.

A line such as `{"error":{...}}` is, for a reader of event streams, a field named `{"error"`: unknown, and dropped. What
servers send that way is nearly always the error that ended the answer, written by a layer that did not know that a
stream was under way; the client sees a stream that stops without a reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.sse.conditions import stray, whole
from conformance.rules.sse.samples import PLAIN

GOOD = (PLAIN, PLAIN.swap('data: {"text":"!"}', 'data: {"error":{"message":"no"}}'))
BAD = PLAIN.swap('data: {"text":"!"}', '{"error":{"message":"no"}}')


@rule(
    level=Level.ERROR,
    family=Family.FRAMING,
    statements=("S10",),
    cite=Cite(
        "https://github.com/googleapis/js-genai/issues/1973",
        "Interactions API: streamed content-filter refusal is sent as a bare JSON line, not an SSE error event, "
        "so the stream ends silently",
    ),
    breaks=(
        Breaks("js-genai", "https://github.com/googleapis/js-genai/issues/1973"),
        Breaks("MCP clients", "https://github.com/stacklok/toolhive/pull/6085"),
    ),
    on=On.STREAM,
    needs=(Evidence.FRAMING,),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    for piece in whole(stream, stream.facts.unknown):
        if stray(piece) == "json":
            shown = piece.text[:80]
            yield Fault(f"JSON without `data:` in front is ignored by every reader: {shown!r}", offset=piece.start)
