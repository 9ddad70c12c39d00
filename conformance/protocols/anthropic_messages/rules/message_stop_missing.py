"""The stream ends without message_stop.

message_stop is the only sign that the message is whole. SDKs accept a stream that breaks off before it and hand over
what they have, so that a truncated answer, or a tool call with half its input, looks like a good one.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_no_error
from ..samples import MESSAGE_STOP, TEXT
from ..view import MessagesView

GOOD = TEXT
BAD = TEXT.swap(MESSAGE_STOP, "")


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    statements=("M05",),
    cite=Cite(
        "https://platform.claude.com/docs/en/build-with-claude/streaming",
        "A final `message_stop` event.",
    ),
    complete=True,
    when=has_no_error,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    last = stream.view.messages[-1]
    if last.stop is None:
        yield Fault("the stream ends without message_stop", stream.events[-1].index)
