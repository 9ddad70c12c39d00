"""The value of `retry` is no number.

The reconnection time is written in ASCII digits and nothing else. A reader ignores any other value (`3s`, `-1`, `1.5`);
those that convert it leniently take some of them for what they are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, On, rule
from conformance.core.sse import is_retry
from conformance.core.stream import Stream
from conformance.rules.sse.conditions import whole
from conformance.rules.sse.samples import PLAIN

GOOD = (PLAIN, PLAIN.swap("data: {", "retry: 3000\ndata: {", 1))
BAD = PLAIN.swap("data: {", "retry: 3s\ndata: {", 1)


@rule(
    level=Level.ERROR,
    family=Family.FRAMING,
    statements=("S15",),
    cite=Cite(
        "https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation",
        "If the field value consists of only ASCII digits, then interpret the field value as an integer in base ten, "
        "and set the event stream's reconnection time to that integer. Otherwise, ignore the field.",
    ),
    breaks=(Breaks("openai-python", "https://github.com/openai/openai-python/pull/3844"),),
    on=On.STREAM,
    needs=(Evidence.FRAMING,),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    for piece in whole(stream, stream.facts.retries):
        if not is_retry(piece.text):
            shown = piece.text[:60]
            yield Fault(f"`retry` is {shown!r}, expected ASCII digits: the line is ignored", offset=piece.start)
