"""message_start already holds content or a stop reason.

The message begins empty; its content comes in blocks. Clients that take the start as it is show the content twice.
One form is real and passed over: in programmatic tool calling the API sends a message whole, with its tool call and
its stop reason, followed by message_stop alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_message
from ..samples import TEXT, WHOLE, message_start
from ..view import MessagesView

GOOD = (TEXT, WHOLE)
BAD = TEXT.swap(message_start(), message_start(stop_reason="end_turn"))


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("M03",),
    cite=Cite(
        "https://github.com/anthropics/anthropic-sdk-python/blob/main/src/anthropic/types/message.py",
        "In streaming mode, it is null in the `message_start` event and non-null otherwise.",
    ),
    when=has_message,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    for message in stream.view.messages:
        content, reason = message.start.get("content"), message.start.get("stop_reason")
        if not message.whole and (content or reason is not None):
            what = f"stop_reason {reason!r}" if reason is not None else "content"
            yield Fault(f"message_start already holds {what}", message.first, "/message")
        elif message.whole and (message.blocks or message.deltas):
            yield Fault("message_start holds the whole message, yet blocks follow", message.first, "/message/content")
