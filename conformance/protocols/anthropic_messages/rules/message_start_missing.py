"""The first event of the message is not message_start.

message_start brings the message that everything else changes. Without it the SDKs raise at the first event.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_payload
from ..samples import TEXT, message_start
from ..view import MessagesView

GOOD = TEXT
BAD = TEXT.swap(message_start(), "")


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("M02",),
    cite=Cite(
        "https://platform.claude.com/docs/en/build-with-claude/streaming",
        "`message_start`: contains a `Message` object with empty `content`.",
    ),
    breaks=(
        Breaks(
            "anthropic-sdk-python",
            "https://github.com/anthropics/anthropic-sdk-python/blob/main/src/anthropic/lib/streaming/_messages.py",
        ),
    ),
    when=has_payload,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    return stream.order_faults("message-start-missing")
