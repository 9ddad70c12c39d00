"""Two events are not separated by a blank line.

A single line end between two `data` lines makes them one event, whose data is both texts joined with a line feed: two
JSON objects in a row, which no JSON reader takes. Some documentation prints streams that way; on the wire it is the
mark of a server that writes one `\\n`, or of a gateway that puts its error into an event that was not finished.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.rules.sse.conditions import known_protocol
from conformance.rules.sse.odd import illegible, is_unseparated
from conformance.rules.sse.samples import CHAT, chat_chunk

GOOD = CHAT
BAD = CHAT.swap(chat_chunk('{"content":"Hel"}'), chat_chunk('{"content":"H"}')[:-1] + chat_chunk('{"content":"el"}'))


@rule(
    level=Level.ERROR,
    family=Family.FRAMING,
    statements=("S05",),
    cite=Cite(
        "https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation",
        "Append the field value to the data buffer, then append a single U+000A LINE FEED (LF) character to the "
        "data buffer.",
    ),
    breaks=(
        Breaks("eventsource-parser", "https://github.com/rexxars/eventsource-parser/pull/31"),
        Breaks("clients of sub2api", "https://github.com/Wei-Shaw/sub2api/issues/1471"),
    ),
    needs=(Evidence.FRAMING,),
    when=known_protocol,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    for event in illegible(stream):
        if is_unseparated(event):
            yield Fault(
                f"{event.data_lines} data lines in one event, each with a JSON text of its own: "
                "a blank line is missing between them",
                event.index,
            )
