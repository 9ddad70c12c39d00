"""The stream ends in the middle of an event.

An event counts when a blank line follows it. What stands behind the last blank line when the body ends is discarded:
the last chunk, `[DONE]`, or the error that would have told why the stream stopped.

Only bodies that the recorder itself received to their end are judged in full. A file that came another way may have
lost its last blank line to an editor; there only an event whose JSON breaks off counts. Where the transport broke off,
`http/body-incomplete` speaks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.payload import parse
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.sse import ServerSentEvent
from conformance.core.stream import Stream
from conformance.rules.sse.conditions import known_protocol
from conformance.rules.sse.samples import CHAT, PLAIN


def _ended(stream: Stream[Any]) -> str | None:
    return f"the transport broke off ({stream.cut})" if stream.cut else None


GOOD = (PLAIN.paced(), PLAIN.but(body=PLAIN.raw[:-1]))
BAD = (
    PLAIN.but(body=PLAIN.raw[:-1]).paced(),
    CHAT.but(body=CHAT.raw + b'data: {"id":"chatcmpl-1","choi'),
)


@rule(
    level=Level.ERROR,
    family=Family.FRAMING,
    statements=("S06",),
    cite=Cite(
        "https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation",
        "If the file ends in the middle of an event, before the final empty line, the incomplete event is not "
        "dispatched.",
    ),
    on=On.STREAM,
    needs=(Evidence.FRAMING,),
    complete=True,
    when=_ended,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    left = stream.facts.unterminated
    if left is None or not (left.data_lines or left.name):
        return
    if stream.recording.has(Evidence.READS) or _breaks_off(stream, left):
        size, last = left.end - left.start, stream.recording.body[left.start :][-60:].decode("utf-8", "replace")
        several = f" in {left.data_lines} data lines" if left.data_lines > 1 else ""
        what = f"the body ends without a blank line: {size} bytes{several} are discarded, which end {last!r}"
        yield Fault(what, offset=left.start)


def _breaks_off(stream: Stream[Any], left: ServerSentEvent) -> bool:
    """True where the JSON of a known protocol is cut: no editor does that."""
    return known_protocol(stream) is None and left.raw.lstrip().startswith(b"{") and parse(left.raw)[0] is None
