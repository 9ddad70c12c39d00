"""No message_delta comes between the last block and message_stop.

message_delta says why the message stopped and what it cost. Without it the stop reason stays null, and agents do not
run the tools that were called. The whole messages of programmatic tool calling need none.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_message
from ..samples import TEXT, message_delta
from ..view import MessagesView

GOOD = TEXT
BAD = TEXT.swap(message_delta(), "")


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("M25",),
    cite=Cite(
        "https://platform.claude.com/docs/en/build-with-claude/streaming",
        "One or more `message_delta` events, indicating top-level changes to the final `Message` object.",
    ),
    when=has_message,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    return stream.order_faults("message-delta-missing")
