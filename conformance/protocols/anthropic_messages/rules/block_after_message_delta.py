"""A block starts after message_delta.

The stop reason is told when all content is there. Clients that act on it miss the block.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_blocks
from ..samples import TEXT, delta, message_delta, start, stop
from ..view import MessagesView

GOOD = TEXT
_LATE = start(1) + delta(1, text="!") + stop(1)
BAD = TEXT.swap(message_delta(), message_delta() + _LATE + message_delta())


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("M25",),
    cite=Cite(
        "https://platform.claude.com/docs/en/build-with-claude/streaming",
        "One or more `message_delta` events, indicating top-level changes to the final `Message` object.",
    ),
    when=has_blocks,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    return stream.order_faults("block-after-message-delta")
