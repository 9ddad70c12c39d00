"""Something follows message_stop.

The message is closed; clients have stopped reading, and what follows is lost.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_payload
from ..samples import MESSAGE_STOP, PING, TEXT
from ..view import MessagesView

GOOD = TEXT
BAD = TEXT.swap(MESSAGE_STOP, MESSAGE_STOP + PING)


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    statements=("M05",),
    cite=Cite(
        "https://platform.claude.com/docs/en/build-with-claude/streaming",
        "A final `message_stop` event.",
    ),
    when=has_payload,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    return stream.order_faults("event-after-message-stop")
